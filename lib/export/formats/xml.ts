import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { type FramedNode, framedGroup, framedScalar, scalarsOf, writeFramed } from '../framed-node.ts'
import type { EncodeEntries } from '../leaf-cursor.ts'
import { writeRowText } from '../row-text.ts'
import { type ScalarNode, ScalarText } from '../scalar-text.ts'
import { elementName } from './xml-name.ts'
import { keyEntries, textEntries } from './xml-text.ts'

/*
 * XML 1.0 in UTF-8: `<rows>`, in it a `<row>` per row (the option `row` gives it another name), in each row an element per
 * column that is not null. How a reader gets a row back, given the columns and their types:
 *
 * - The element of a column or field has the name that `xml-name.ts` makes of its own (`escaped-name.ts` says how back).
 *   Where there is none, the column or field is null.
 * - A struct is its fields' elements, a list an `<item>` per element, a map an `<entry key="…">` per entry; nothing inside
 *   is an empty struct, list or map. White space around these elements (`pretty`) means nothing.
 * - A null in a list or map is `<item nil="true"/>`, `<entry key="…" nil="true"/>`.
 * - A scalar is the element's text: a string itself (nothing is the empty string), else what JSON would have without
 *   quotes: `true`, `12`, `5.0`, `2025-03-14T01:02:03.000004Z`, the exact text of a json value. A carriage return is `&#13;`.
 * - A text with characters that XML 1.0 cannot hold (most control characters, U+FFFE, U+FFFF) has the attribute
 *   `encoding="base64"` and is base64 of its UTF-8. Such a key has the attribute `keyEncoding="base64"`.
 */

export const xml: Format<FormatOptions<'xml'>> = {
  extension: 'xml',
  mimeType: 'application/xml',
  compressible: true,
  async open({ row, pretty }, spec) {
    const text = rowNode(spec.root, rowName(row), pretty)
    const scalars = scalarsOf(text)
    return writeRowText(spec, {
      begin: (out) => out.ascii('<?xml version="1.0" encoding="UTF-8"?>\n<rows>'),
      load(batch) {
        for (const scalar of scalars) scalar.load(batch)
      },
      row(out) {
        writeFramed(out, text)
        return undefined
      },
      end: (out) => out.ascii('\n</rows>\n'),
    })
  },
}

function rowName(row: string): string {
  if (elementName(row) === row) return row
  throw new DaysealError('usage', 'row: this cannot be the name of an XML element', {
    seen: JSON.stringify(row),
    wanted: 'letters, digits, `_`, `-` and `.`, beginning with a letter or `_`, but not with `xml`',
  })
}

/** The tags of one element. */
interface Element {
  /** Without its `>`, which may come after attributes. Of the value of a map it is in the key's. */
  readonly start: string
  readonly end: string
  /** In the place of a null. */
  readonly absent: string
  /** What parts two lines, with the element's indentation; empty where all is one line. */
  readonly line: string
  readonly encode: EncodeEntries
}

/** A row begins on a line of its own, whether `pretty` or not. */
function rowNode(root: RootNode, name: string, pretty: boolean): FramedNode {
  const line = pretty ? '\n  ' : ''
  return xmlNode(root, { ...element(name, line), start: `${line || '\n'}<${name}` })
}

/** A column, a field, or the row itself: a null is not there. */
function element(name: string, line: string): Element {
  return { start: `${line}<${name}`, end: `</${name}>`, absent: '', line, encode: textEntries }
}

function xmlNode(node: ColumnNode, own: Element): FramedNode {
  const line = own.line === '' ? '' : `${own.line}  `
  switch (node.kind) {
    case 'struct': {
      const fields = node.fields.map((field) => xmlNode(field, element(elementName(field.name), line)))
      return framedGroup(node, fields, frame(own))
    }
    case 'list': {
      const item = { ...element('item', line), absent: `${line}<item nil="true"/>` }
      return framedGroup(node, [xmlNode(node.element, item)], frame(own))
    }
    case 'map': {
      const key = { ...element('entry', line), end: '', encode: keyEntries }
      const value = { ...element('entry', line), start: '', absent: ' nil="true"/>' }
      return framedGroup(node, [xmlNode(node.key, key), xmlNode(node.value, value)], frame(own))
    }
    default:
      return framedScalar(xmlScalar(node, own))
  }
}

function frame({ start, end, absent, line }: Element) {
  return {
    absent: Buffer.from(absent),
    empty: Buffer.from(`${start}>${end}`),
    open: Buffer.from(`${start}>`),
    between: Buffer.alloc(0),
    close: Buffer.from(line + end),
  }
}

function xmlScalar(node: ScalarNode, { start, end, absent, encode }: Element): ScalarText {
  const isText = node.kind === 'string' || node.kind === 'json'
  return new ScalarText(node, {
    before: Buffer.from(isText ? start : `${start}>`),
    after: Buffer.from(end),
    absent: Buffer.from(absent),
    encode,
  })
}
