/** What a column may be instead of text. */
export type CellType = 'int64' | 'double' | 'bool'

const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/
/** RFC 8259, 6: what JSON can write as it is. */
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const LONGEST_DECIMAL = 100

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

/**
 * A cell as JSON text. A number keeps its digits; a text that is none of its column's type stays a text. Null is null, and
 * so is an empty cell of a column with a type.
 */
export function cellJson(cell: string | null, type: CellType | undefined): string {
  if (cell === null) return 'null'
  if (type === undefined) return JSON.stringify(cell)
  if (cell === '') return 'null'
  if (type === 'bool') return /^(?:true|false)$/i.test(cell) ? cell.toLowerCase() : JSON.stringify(cell)
  return (type === 'int64' ? isInt64(cell) : isDouble(cell)) ? cell : JSON.stringify(cell)
}

function isInt64(text: string): boolean {
  if (!INTEGER.test(text)) return false
  return text.length < 19 || (BigInt(text) >= INT64_MIN && BigInt(text) <= INT64_MAX)
}

function isDouble(text: string): boolean {
  return text.length <= LONGEST_DECIMAL && DECIMAL.test(text) && Number.isFinite(Number(text))
}
