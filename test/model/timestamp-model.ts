const FORM = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))? ?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/
const ACCESS_LOG = /^(\d\d)\/([A-Z][a-z][a-z])\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const NUMBER = /^(-?)(\d{1,30})(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/

/**
 * Microseconds since the epoch of a text or a number's digits: RFC 3339 with any offset, an access log's time, or an epoch whose
 * unit its size tells; undefined for what is none, and for what is no whole number of microseconds.
 */
export function microsOf(text: string): bigint | undefined {
  const number = NUMBER.exec(text)
  if (number !== null) return microsOfNumber(text, number)
  const access = ACCESS_LOG.exec(text)
  if (access === null) return microsOfText(text)
  const [, day, name, year, time, hours, minutes] = access
  const month = String(MONTHS.indexOf(name!) + 1).padStart(2, '0')
  return microsOfText(`${year}-${month}-${day}T${time}${hours}:${minutes}`)
}

function microsOfNumber(text: string, [, sign, whole, fraction = '', exponent = '0']: RegExpExecArray) {
  const size = Math.abs(Number(text))
  if (size < 1e8) return undefined
  const unit = size < 1e11 ? 6 : size < 1e14 ? 3 : size < 1e17 ? 0 : -3
  // The number is digits · 10^power, and is wanted in microseconds.
  const digits = BigInt(whole + fraction)
  const power = BigInt(Number(exponent) - fraction.length + unit)
  if (power < 0n && digits % 10n ** -power !== 0n) return undefined
  const micros = power < 0n ? digits / 10n ** -power : digits * 10n ** power
  const signed = sign === '-' ? -micros : micros
  return signed >= -62_135_596_800_000_000n && signed < 253_402_300_800_000_000n ? signed : undefined
}

/**
 * Microseconds since the epoch of an RFC 3339 timestamp; undefined for what is none, does not fit microseconds, or is
 * in another year of UTC than 1 to 9999. By `Date`.
 */
function microsOfText(text: string): bigint | undefined {
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
