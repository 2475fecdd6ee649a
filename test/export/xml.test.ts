import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { SaxesParser } from 'saxes'
import { describe, expect, test } from 'vitest'
import { xml } from '../../lib/export/formats/xml.ts'
import { elementName } from '../../lib/export/formats/xml-name.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { parseTimestamp } from '../../lib/time/timestamp.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import type { Row, Value } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { thrownBy } from '../thrown.ts'
import { columns, exported } from './exported.ts'
import { HOSTILE_NAMES, hostile } from './hostile-names.ts'

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  text: string
}

/** A strict parser of XML 1.0: throws for whatever is not well-formed. */
function parse(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes, children: [], text: '' }
    open.at(-1)!.children.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    open.at(-1)!.text += text
  })
  parser.on('closetag', () => open.pop())
  parser.write(text).close()
  expect(root.children).toHaveLength(1)
  return root.children[0]!
}

function nameOf(element: string): string {
  return element.replace(/_x([0-9A-F]{4}|[0-9A-F]{6})?_/g, (_, code?: string) =>
    code === undefined ? '' : String.fromCodePoint(Number.parseInt(code, 16)),
  )
}

function decoded(text: string, encoding: string | undefined): string {
  expect([undefined, 'base64']).toContain(encoding)
  return encoding === undefined ? text : Buffer.from(text, 'base64').toString('utf8')
}

function rowFrom(schema: Schema, { children, text }: Element): Row {
  expect(text.trim()).toBe('')
  const names = children.map(({ name }) => nameOf(name))
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => !schema.some((field) => field.name === name))).toEqual([])
  return Object.fromEntries(
    schema.map((field) => {
      const at = names.indexOf(field.name)
      return [field.key, at < 0 ? null : valueFrom(field.type, children[at]!)]
    }),
  )
}

function valueFrom(type: Type, element: Element): Value {
  const { children, attributes } = element
  if (attributes.nil === 'true') {
    expect([children, element.text]).toEqual([[], ''])
    return null
  }
  switch (type.kind) {
    case 'struct':
      return rowFrom(type.fields, element)
    case 'list':
      expect(children.every(({ name }) => name === 'item')).toBe(true)
      return children.map((child) => valueFrom(type.element, child))
    case 'map':
      expect(children.every(({ name }) => name === 'entry')).toBe(true)
      return new Map(
        children.map((child) => [
          decoded(child.attributes.key!, child.attributes.keyEncoding),
          valueFrom(type.value, child),
        ]),
      )
    default:
      return scalarFrom(type.kind, decoded(element.text, attributes.encoding))
  }
}

function scalarFrom(kind: Type['kind'], text: string): Value {
  switch (kind) {
    case 'bool':
      return { true: true, false: false }[text] ?? text
    case 'int64':
      return BigInt(text)
    case 'double':
      return Number(text)
    case 'timestamp':
      return parseTimestamp(Buffer.from(text), 0, text.length)
    default:
      return text
  }
}

function rowsFrom(schema: Schema, text: string, row = 'row'): Row[] {
  const root = parse(text)
  expect(root.name).toBe('rows')
  expect(root.children.every(({ name }) => name === row)).toBe(true)
  return root.children.map((element) => rowFrom(schema, element))
}

const cases = schemas(3).chain((schema) =>
  fc.record({ schema: hostile(schema), rows: fc.tuple(rowsOf(schema, 4), rowsOf(schema, 4)), pretty: fc.boolean() }),
)

describe('xml', () => {
  test('reads back as the same rows, whatever they and their names are', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, rows, pretty }) => {
        const { text, written } = await exported(xml, { format: 'xml', pretty }, { schema, rows })
        expect(rowsFrom(schema, text)).toEqual(rows.flat())
        expect(written).toEqual({ rows: rows.flat().length, leftOut: {} })
        expect(XMLValidator.validate(text)).toBe(true)
      }),
      runs(150),
    )
  })

  test('is these bytes', async () => {
    const schema = columns({
      ...{ 'a b': 'string', n: 'int64', d: 'double', ok: 'bool', at: 'timestamp', any: 'json', none: 'string' },
      ...{ list: { list: 'string' }, map: { map: 'int64' }, s: { struct: [{ name: 'x', type: 'double' }] } },
    })
    const rows: Row[] = [
      {
        ...{ 'a b': '<&>"\r\n', n: 2n ** 63n - 1n, d: -0, ok: false, at: 1_741_910_523_000_004n, any: '{"a": [1]}' },
        ...{
          none: null,
          list: ['', null, '\0'],
          map: new Map([
            ['"\n', 1n],
            ['\u0001', null],
          ]),
          s: { x: null },
        },
      },
      { list: [], map: new Map(), 'a b': '' },
    ]
    const compact = await exported(xml, { format: 'xml' }, { schema, rows: [rows] })
    expect(compact.text).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rows>',
        '<row><a_x0020_b>&lt;&amp;&gt;"&#13;\n</a_x0020_b><n>9223372036854775807</n><d>-0.0</d><ok>false</ok>' +
          '<at>2025-03-14T00:02:03.000004Z</at><any>{"a": [1]}</any>' +
          '<list><item></item><item nil="true"/><item encoding="base64">AA==</item></list>' +
          '<map><entry key="&quot;&#10;">1</entry><entry key="AQ==" keyEncoding="base64" nil="true"/></map><s></s></row>',
        '<row><a_x0020_b></a_x0020_b><list></list><map></map></row>',
        '</rows>',
        '',
      ].join('\n'),
    )
    const pretty = await exported(xml, { format: 'xml', pretty: true, row: 'log' }, { schema, rows: [rows] })
    expect(pretty.text).toContain(
      '\n  <log>\n    <a_x0020_b></a_x0020_b>\n    <list></list>\n    <map></map>\n  </log>\n</rows>\n',
    )
    expect(pretty.text).toContain('\n    <map>\n      <entry key="&quot;&#10;">1</entry>\n      <entry')
    expect(rowsFrom(schema, pretty.text, 'log')).toEqual(rowsFrom(schema, compact.text))
  })

  test('has base64 in the place of what XML cannot hold, and of nothing else', async () => {
    const held = [
      '\t\n\r ~\u007f\u0085',
      '\ud7ff\ue000\uf000\uffbf\ufffd',
      '\u{10000}\u{1fffe}\u{1ffff}\u{10ffff}',
      '\ufeff',
    ]
    const rows = [...held, '\0', '\u0008', '\v', '\f', '\u001f', 'x\ufffe', '\uffffx'].map((a): Row => ({ a }))
    const schema = columns({ a: 'string' })
    const { text } = await exported(xml, { format: 'xml' }, { schema, rows: [rows] })
    expect(rowsFrom(schema, text)).toEqual(rows)
    expect(text.match(/ encoding="base64"/g)).toHaveLength(rows.length - held.length)
    expect(text.slice(0, text.indexOf('base64'))).toContain(`<a>${held[3]}</a>`)
  })

  test('without rows is a valid document', async () => {
    const { text, written } = await exported(xml, { format: 'xml' }, { schema: columns({ a: 'string' }), rows: [] })
    expect(rowsFrom(columns({ a: 'string' }), text)).toEqual([])
    expect(written).toEqual({ rows: 0, leftOut: {} })
  })

  test('reads in fast-xml-parser, every name of its own', async () => {
    // It refuses the names of what JavaScript's objects inherit.
    const names = HOSTILE_NAMES.filter((name) => !(name in {}))
    const schema = columns(Object.fromEntries(names.map((name) => [name, 'string'])))
    const row = Object.fromEntries(names.map((name, i) => [name, `value ${i}`]))
    const { text } = await exported(xml, { format: 'xml' }, { schema, rows: [[row]] })
    const parsed = new XMLParser({ parseTagValue: false }).parse(text).rows.row as Record<string, string>
    expect(Object.entries(parsed).map(([name, value]) => [nameOf(name), value])).toEqual(Object.entries(row))
  })

  test('holds a text of ten million characters', async () => {
    const long = '<\r\u{1f600}'.repeat(2_500_000)
    const { text } = await exported(xml, { format: 'xml' }, { schema: columns({ a: 'string' }), rows: [[{ a: long }]] })
    const head = '<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n<row><a>'
    expect(text === `${head}${'&lt;&#13;\u{1f600}'.repeat(2_500_000)}</a></row>\n</rows>\n`).toBe(true)
  })

  test.each(['', 'a b', '1', 'xml', 'Xml-row', '_x0041_', 'a:b', '<row>', '\u{1f600}'])(
    'refuses %j as the name of a row',
    async (row) => {
      const { code, message } = await thrownBy(() =>
        exported(xml, { format: 'xml', row }, { schema: columns({ a: 'string' }), rows: [] }),
      )
      expect(code).toBe('usage')
      expect(message).toContain('the name of an XML element')
    },
  )
})

describe('names of elements', () => {
  test.each([
    ['price', 'price'],
    ['größe', 'größe'],
    ['名前', '名前'],
    ['Ωμέγα', 'Ωμέγα'],
    ['a-b.c_d1', 'a-b.c_d1'],
    ['_x', '_x005F_x'],
    ['__x', '__x005F_x'],
    ['1st', '_x0031_st'],
    ['-a', '_x002D_a'],
    ['a:b', 'a_x003A_b'],
    ['xmlns', '_x0078_mlns'],
    ['XML', '_x0058_ML'],
    ['', '_x_'],
    ['\0', '_x0000_'],
    ['\u{1f600}', '_x01F600_'],
    ['__proto__', '__proto__'],
  ])('%j is %s', (name, element) => {
    expect(elementName(name)).toBe(element)
  })
})
