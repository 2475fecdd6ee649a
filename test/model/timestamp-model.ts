const FORM = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/**
 * Microseconds since the epoch of an RFC 3339 timestamp; undefined for what is none, does not fit microseconds, or is
 * in another year of UTC than 1 to 9999. By `Date`.
 */
export function microsOf(text: string): bigint | undefined {
  const found = FORM.exec(text)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [digits = '', sign, offsetHours = '0', offsetMinutes = '0'] = found.slice(7)
  if (/[1-9]/.test(digits.slice(6)) || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined
  // Date.UTC would take the years up to 99 for those of the last century.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const same = date.toISOString() === `${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}.000Z`
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000
  const utc = new Date(date.getTime() - offset)
  if (!same || year < 1 || utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return undefined
  return BigInt(utc.getTime()) * 1000n + BigInt(digits.slice(0, 6).padEnd(6, '0'))
}
