import { DaysealError } from '../errors.ts'

/** Temporary files of unfinished writes. Never listed, never a key. */
export const TEMPORARY = '.dayseal-tmp-'
/** Locks. Never listed, never a key. */
export const LOCK = '.dayseal-lock-'

/** The object that `probeConditions` leaves in a folder: a key like others. Never listed. */
export const PROBE = '.dayseal-probe'

/** Throws `usage` for a key that cannot be one: see `ObjectStore`. */
export function checkKey(key: string): void {
  checkParts(key, key.split('/'))
}

/** Whether a key that was listed can be used: buckets hold others too, such as those with an empty name (`a//b`). */
export function isKey(key: string): boolean {
  return key.split('/').every((part) => wrongPart(part) === undefined)
}

/** A prefix is the beginning of a key; it may end anywhere, or be empty. */
export function checkPrefix(prefix: string): void {
  const parts = prefix.split('/')
  checkParts(prefix, parts.at(-1) === '' ? parts.slice(0, -1) : parts)
}

function checkParts(key: string, parts: readonly string[]): void {
  for (const part of parts) {
    const wrong = wrongPart(part)
    if (wrong === undefined) continue
    throw new DaysealError('usage', `${JSON.stringify(key)} cannot be an object's key`, {
      seen: wrong,
      wanted: 'names with / between them, and none at the start or the end',
    })
  }
}

function wrongPart(part: string): string | undefined {
  if (part === '') return 'an empty name'
  if (part === '.' || part === '..') return `the name ${part}`
  if (part.includes('\0')) return 'a NUL character'
  if (!part.isWellFormed()) return 'half of a surrogate pair'
  if (isReserved(part)) return `the name ${part}, which is kept for temporary files`
  return undefined
}

function isReserved(name: string): boolean {
  return name.startsWith(TEMPORARY) || name.startsWith(LOCK)
}

export function isUnlisted(name: string): boolean {
  return isReserved(name) || name === PROBE
}

/** The order of the keys' UTF-8 bytes, as S3 lists. (`<` compares UTF-16, where U+1F600 comes before U+FFFD.) */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for what is above U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}
