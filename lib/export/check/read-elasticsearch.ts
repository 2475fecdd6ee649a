import * as z from 'zod'
import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import { formatMicros } from '../../time/timestamp.ts'
import type { FormatOptions } from '../format-options.ts'
import { readLines } from './lines.ts'
import { kindAt, memberText, microsReader, parseRow } from './row-members.ts'
import type { RowTexts } from './row-texts.ts'

const actionSchema = z.strictObject({ index: z.strictObject({ _index: z.string(), _id: z.string().optional() }) })

/**
 * Every second line, each of which is a row. The lines before them are held against the options: the index by its pattern
 * and the row's time (of rows without one only the pattern), the id by the row's column.
 * @throws DaysealError `corrupt`
 */
export async function* readElasticsearch(
  bytes: AsyncIterable<Uint8Array>,
  options: FormatOptions<'elasticsearch'>,
  columns: readonly FieldJson[],
  dataset: string,
): AsyncGenerator<RowTexts> {
  const assertAction = actionCheck(options, columns, dataset)
  let action: string | undefined
  let line = 0
  for await (const { bytes: block, bounds } of readLines(bytes)) {
    const rows: number[] = []
    for (let i = 0; i < bounds.length; i += 2) {
      line++
      const text = Buffer.from(block.buffer, block.byteOffset + bounds[i]!, bounds[i + 1]! - bounds[i]!)
      if (action === undefined) {
        action = text.toString('utf8')
        continue
      }
      assertAction(action, text, line - 1)
      action = undefined
      rows.push(bounds[i]!, bounds[i + 1]!)
    }
    yield { bytes: block, bounds: rows }
  }
  if (action !== undefined) throw corrupt('the file ends after an action', 'the end of the file', 'its row')
}

type ActionCheck = (action: string, row: Buffer, line: number) => void

function actionCheck(
  { index, id, time, timeForm }: FormatOptions<'elasticsearch'>,
  columns: readonly FieldJson[],
  dataset: string,
): ActionCheck {
  const microsOf = microsReader(kindAt(columns, time), timeForm)
  let known: string | undefined
  return (action, row, line) => {
    if (action === known) return
    const fail = (wanted: string) => corrupt(`line ${line} is not the action of its row`, action.slice(0, 200), wanted)
    const parsed = parseAction(action)
    if (parsed === undefined) throw fail('{"index":{"_index":…}}')
    const members = id === undefined && time === undefined ? undefined : parseRow(row, line + 1)
    const at = members === undefined || time === undefined ? undefined : microsOf(memberText(members, time))
    if (!indexPattern(index, dataset, at).test(parsed._index)) throw fail(`the index ${index}`)
    const wanted = members === undefined || id === undefined ? undefined : memberText(members, id)
    if (parsed._id !== wanted) throw fail(`the id ${wanted === undefined ? 'left out' : JSON.stringify(wanted)}`)
    if (members === undefined) known = action
  }
}

function parseAction(action: string): z.infer<typeof actionSchema>['index'] | undefined {
  try {
    return actionSchema.parse(JSON.parse(action)).index
  } catch {
    return undefined
  }
}

/** @param at microseconds since the epoch; undefined where any time will do */
function indexPattern(index: string, dataset: string, at: bigint | undefined): RegExp {
  const time = at === undefined ? undefined : formatMicros(at)
  const parts: Readonly<Record<string, string>> = {
    '{dataset}': escapeRegExp(dataset),
    '{yyyy}': time?.slice(0, 4) ?? '\\d{4}',
    '{MM}': time?.slice(5, 7) ?? '\\d\\d',
    '{dd}': time?.slice(8, 10) ?? '\\d\\d',
    '{HH}': time?.slice(11, 13) ?? '\\d\\d',
  }
  const pattern = index
    .split(/(\{[A-Za-z]+\})/)
    .map((part) => parts[part] ?? escapeRegExp(part))
    .join('')
  return new RegExp(`^${pattern}$`)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
