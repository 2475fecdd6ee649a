const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/**
 * RFC 3339 to microseconds since the epoch; undefined for any other text, and for digits beyond the microsecond that are
 * not zero. Written apart from convert's own reading of timestamps, which it is to check.
 */
export function parseInstant(text: string): bigint | undefined {
  const match = RFC_3339.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match.slice(7)
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59)
    return undefined
  if (year < 1 || /[1-9]/.test(fraction.slice(6))) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  date.setUTCHours(hour, minute, second)
  const offset = (sign === '-' ? -60 : 60) * (Number(offsetHours) * 60 + Number(offsetMinutes))
  const seconds = BigInt(date.getTime() / 1000 - offset)
  return seconds * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
}
