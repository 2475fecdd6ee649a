/** What a column is; a `string` is the cell as it is. */
export type CellType = 'int64' | 'double' | 'bool' | 'string'

/** Leading zeros are passed over (`000`): JSON has none. */
const INTEGER = /^(-?)0*(\d+)$/
/** RFC 8259, 6, but for leading zeros, and none before a point (`.5`). */
const DECIMAL = /^(-?)(\d+|(?=\.))((?:\.\d+)?(?:[eE][+-]?\d+)?)$/
const LONGEST_DECIMAL = 100
const DIGITS_OF_INT64 = 19

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

/**
 * A cell as JSON text, undefined when it is none of its column's type. A number keeps its digits, but for leading zeros; an
 * integer that a double would round is no double. Null is null, and so is an empty cell of a number or a bool.
 */
export function cellJson(cell: string | null, type: CellType): string | undefined {
  if (cell === null) return 'null'
  if (type === 'string') return JSON.stringify(cell)
  if (cell === '') return 'null'
  if (type === 'bool') return /^(?:true|false)$/i.test(cell) ? cell.toLowerCase() : undefined
  return type === 'int64' ? int64Json(cell) : doubleJson(cell)
}

function int64Json(cell: string): string | undefined {
  const [, sign, digits] = INTEGER.exec(cell) ?? []
  if (digits === undefined || digits.length > DIGITS_OF_INT64) return undefined
  const text = digits === '0' ? digits : `${sign}${digits}`
  if (digits.length < DIGITS_OF_INT64) return text
  return BigInt(text) >= INT64_MIN && BigInt(text) <= INT64_MAX ? text : undefined
}

function doubleJson(cell: string): string | undefined {
  const [, sign, whole, rest] = cell.length > LONGEST_DECIMAL ? [] : (DECIMAL.exec(cell) ?? [])
  if (whole === undefined || rest === undefined) return undefined
  const decimal = `${whole.replace(/^0+(?=\d)/, '') || '0'}${rest}`
  const fits = rest === '' ? BigInt(decimal) <= 2n ** 53n : Number.isFinite(Number(decimal))
  return fits ? `${sign}${decimal}` : undefined
}
