import { type CellType, cellJson } from './cell.ts'
import { type CellTypes, typeOf } from './row-event.ts'

/**
 * How a field is written: `word` without spaces and quotes, `text` with any of them, `bracketed`, `quoted` with anything in the
 * quotes, `plain` with anything but quotes in them.
 */
export type Written = 'word' | 'text' | 'bracketed' | 'quoted' | 'plain'

export interface Field {
  /** `_` is of a field that is no column. */
  readonly name: string
  readonly written: Written
  readonly type: CellType
  /** What its text is, `-` or a value of its type apart. */
  readonly shape: RegExp | undefined
  /** Whether a line may end behind it. */
  readonly mayEnd: boolean
}

/** The fields of a line, with a space between each two. */
export interface FieldForm {
  readonly fields: readonly Field[]
  /** What there may be behind them; undefined for nothing. */
  readonly more: RegExp | undefined
}

/**
 * Reads a form such as `host ident* [time] "request" 'group' status | later`: a word, a text (`*`), a field in brackets or in
 * quotes, in single ones where the server never writes a quote in them. A line may end at each bar.
 * @param shapes by column: what its text is
 */
export function fieldForm(
  form: string,
  types: CellTypes,
  shapes: Readonly<Record<string, RegExp>>,
  more: RegExp | undefined,
): FieldForm {
  const groups = form.split(' | ').map((group) => group.split(' '))
  const fields = groups.flatMap((words) =>
    words.map((word, i): Field => {
      const { name, written } = readWord(word)
      const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined
      return { name, written, type: typeOf(types, name), shape, mayEnd: i === words.length - 1 }
    }),
  )
  return { fields, more }
}

function readWord(word: string): Pick<Field, 'name' | 'written'> {
  const inside = word.slice(1, -1)
  if (word.startsWith('"')) return { name: inside, written: 'quoted' }
  if (word.startsWith("'")) return { name: inside, written: 'plain' }
  if (word.startsWith('[')) return { name: inside, written: 'bracketed' }
  return word.endsWith('*') ? { name: word.slice(0, -1), written: 'text' } : { name: word, written: 'word' }
}

/** Whether a text can be the field's. */
export function fits({ type, shape }: Field, text: string): boolean {
  if (text === '-') return true
  return isOfType(text, type) && (shape === undefined || shape.test(text))
}

export function isOfType(text: string, type: CellType): boolean {
  return type === 'string' || cellJson(text, type) !== undefined
}
