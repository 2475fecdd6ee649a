import { messageOf } from '../../errors.ts'
import { corrupt } from '../../parquet/read-tree.ts'
import { formatPath } from '../../path-pattern.ts'
import type { FieldJson, TypeJson } from '../../shred/schema-json.ts'

/** A cell of a table, and the JSON before it in the object that its row is. */
export interface CellPlace {
  /** Of the column and the fields that lead there. */
  readonly names: readonly string[]
  /** The same as `formatPath` writes it. */
  readonly name: string
  readonly type: TypeJson
  readonly before: string
}

/** Where the cells of a row go. */
export interface RowLayout {
  readonly cells: readonly CellPlace[]
  readonly end: string
}

/** `flat`: the fields of structs have cells of their own. */
export function rowLayout(columns: readonly FieldJson[], flat: boolean): RowLayout {
  const cells: CellPlace[] = []
  let before = ''
  const enter = (fields: readonly FieldJson[], above: readonly string[]) => {
    for (const [i, { name, type }] of fields.entries()) {
      const names = [...above, name]
      before += `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`
      if (flat && typeof type === 'object' && 'struct' in type) {
        enter(type.struct, names)
      } else {
        cells.push({ names, name: pathOf(names), type, before })
        before = ''
      }
    }
    before += '}'
  }
  enter(columns, [])
  return { cells, end: before }
}

function pathOf(names: readonly string[]): string {
  return formatPath(names.map((name) => ({ kind: 'name', name })))
}

/** The row's JSON text, of those of its cells. */
export function layRow({ cells, end }: RowLayout, texts: readonly string[]): string {
  let row = ''
  for (let i = 0; i < cells.length; i++) row += cells[i]!.before + texts[i]!
  return row + end
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * The JSON text of a value that a table has as text. A text that no value of the type has becomes a string, which does not
 * fit either.
 * @throws DaysealError `corrupt` for what should be JSON and is not
 */
export function jsonOfText(text: string, { name, type }: Pick<CellPlace, 'name' | 'type'>): string {
  switch (type) {
    case 'string':
    case 'timestamp':
      return JSON.stringify(text)
    case 'bool':
      return text === 'true' || text === 'false' ? text : JSON.stringify(text)
    case 'int64':
    case 'int64_wide':
    case 'double':
      return NUMBER.test(text) ? text : JSON.stringify(text)
    default:
      assertJson(text, name)
      return text
  }
}

function assertJson(text: string, name: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const seen = messageOf(error)
    throw corrupt(`a cell of ${JSON.stringify(name)} is no JSON`, seen, 'JSON')
  }
  if (/^[ \t\r\n]|[ \t\r\n]$/.test(text)) {
    throw corrupt(`a cell of ${JSON.stringify(name)} has white space around its JSON`, 'white space', 'JSON alone')
  }
}
