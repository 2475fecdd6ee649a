/*
 * Decimal digits to the nearest double without a string, where that is sure to be right; undefined elsewhere.
 */

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** Splits a double into two halves of 26 bits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1
/** Beyond the error of a correction's own rounding, by a factor of 8. */
const DOUBT = 2 ** -49

/** digits · 10^exponent for digits below 2^53: one operation on exact numbers rounds once, so rightly (Clinger 1990). */
export function scaled(digits: number, exponent: number): number | undefined {
  if (exponent >= 0) return exponent <= 22 ? digits * POWERS_OF_TEN[exponent]! : undefined
  return exponent >= -22 ? digits / POWERS_OF_TEN[-exponent]! : undefined
}

/**
 * (high · 10^lowDigits + low) · 10^exponent, for high below 10^15, at most four low digits and an exponent of -22 to 0.
 * The digits are held exactly as a sum of two doubles (Dekker 1971); their quotient by the power of ten is a double and a
 * correction, and is taken when every correction within its error gives the same double.
 */
export function longScaled(high: number, low: number, lowDigits: number, exponent: number): number | undefined {
  if (exponent > 0 || exponent < -22) return undefined
  const power = POWERS_OF_TEN[lowDigits]!
  const product = high * power
  const top = product + low
  // What rounding lost: of the product, and of the sum (Knuth's two-sum).
  const added = top - product
  const rest = productError(high, power, product) + (product - (top - added) + (low - added))
  const divisor = POWERS_OF_TEN[-exponent]!
  const quotient = top / divisor
  const back = quotient * divisor
  const correction = (top - back - productError(quotient, divisor, back) + rest) / divisor
  const value = quotient + correction * (1 + DOUBT)
  return value === quotient + correction * (1 - DOUBT) ? value : undefined
}

/** a · b − product, exactly, where product is a · b rounded. */
function productError(a: number, b: number, product: number): number {
  const scaledA = SPLITTER * a
  const highA = scaledA - (scaledA - a)
  const lowA = a - highA
  const scaledB = SPLITTER * b
  const highB = scaledB - (scaledB - b)
  const lowB = b - highB
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB
}
