import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import type { FormatOptions } from '../format-options.ts'
import { type RowTexts, TextBatch } from './row-texts.ts'
import { assertText } from './text-stream.ts'
import { enterElement, type OpenElement, rootElement, textOf } from './xml-element.ts'

/**
 * The elements of rows, as JSON.
 * @throws DaysealError `corrupt` for what is not well-formed, and for elements, attributes and texts without a meaning
 */
export async function* readXml(
  bytes: AsyncIterable<Uint8Array>,
  { row }: FormatOptions<'xml'>,
  columns: readonly FieldJson[],
): AsyncGenerator<RowTexts> {
  const batch = new TextBatch()
  const parser = rowParser(row, columns, batch)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const block of assertText(bytes, '>\n')) {
    parser.write(decoder.decode(block, { stream: true }))
    if (batch.full) yield batch.take()
  }
  parser.write(decoder.decode()).close()
  yield batch.take()
}

function rowParser(row: string, columns: readonly FieldJson[], batch: TextBatch): SaxesParser {
  const parser = new SaxesParser()
  const open: OpenElement[] = [rootElement(row, columns)]
  const take = (text: string) => {
    const element = open.at(-1)!
    if (element.holds === 'text') element.text += text
    else if (text.trim() !== '') throw unexpected(parser, `the text ${JSON.stringify(text.slice(0, 40))}`)
  }
  const notWritten = (what: string) => () => {
    throw unexpected(parser, what)
  }
  parser.on('error', (error) => {
    throw corrupt('the file is no XML', error.message, 'XML 1.0')
  })
  parser.on('xmldecl', ({ version, encoding, standalone }) => {
    if (version !== '1.0' || encoding !== 'UTF-8' || standalone !== undefined)
      throw unexpected(parser, 'another declaration')
  })
  parser.on('processinginstruction', notWritten('a processing instruction'))
  parser.on('doctype', notWritten('a document type'))
  parser.on('comment', notWritten('a comment'))
  parser.on('cdata', notWritten('a CDATA section'))
  parser.on('text', take)
  parser.on('opentag', (tag: SaxesTagPlain) => {
    const element = enterElement(open.at(-1)!, tag.name, new Map(Object.entries(tag.attributes)))
    if (typeof element === 'string') throw unexpected(parser, `${element} in <${tag.name.slice(0, 80)}>`)
    open.push(element)
  })
  parser.on('closetag', () => {
    const element = open.pop()!
    const text = textOf(element)
    if (element.holds === 'row') batch.add(text)
    else open.at(-1)!.text += text
  })
  return parser
}

function unexpected(parser: SaxesParser, seen: string) {
  return corrupt(`the XML at line ${parser.line} is not that of an export`, seen, 'rows and their values')
}
