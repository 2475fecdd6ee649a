import type { Field } from './field-form.ts'

const SPACE = 0x20
const QUOTE = 0x22
const BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d

/** Whether the field that begins at `at` stands in quotes or brackets there. */
export function isEnclosed(line: string, { written }: Field, at: number): boolean {
  if (written === 'bracketed') return line.charCodeAt(at) === BRACKET
  return (written === 'quoted' || written === 'plain') && line.charCodeAt(at) === QUOTE
}

/** The text of a field from `at` on that ends at `end`: at the space behind it, or at the quote or bracket that closes it. */
export function textAt(line: string, field: Field, at: number, end: number): string {
  return line.slice(isEnclosed(line, field, at) ? at + 1 : at, end)
}

/** Where the field behind it begins; beyond the line's length when there is none. */
export function nextAfter(line: string, field: Field, at: number, end: number): number {
  return isEnclosed(line, field, at) ? end + 2 : end + 1
}

/** Where a field ends whose text has nothing in it that could end it; -1 when there is no such field at `at`. */
export function plainEnd(line: string, field: Field, at: number): number {
  const { written } = field
  if (isEnclosed(line, field, at)) {
    const end = written === 'bracketed' ? bracketEnd(line, at + 1) : line.indexOf('"', at + 1)
    return end >= 0 && isBehind(line, end + 1) ? end : -1
  }
  const end = wordEnd(line, at)
  if (written === 'word' || written === 'text') return end
  return written !== 'plain' && end === at + 1 && line[at] === '-' ? end : -1
}

/** Whether a field can end before this place. */
export function isBehind(line: string, at: number): boolean {
  return at === line.length || line.charCodeAt(at) === SPACE
}

/** A word is not empty and has no quotes. */
function wordEnd(line: string, start: number): number {
  let at = start
  for (; at < line.length; at++) {
    const char = line.charCodeAt(at)
    if (char === SPACE) break
    if (char === QUOTE) return -1
  }
  return at === start ? -1 : at
}

/** Not beyond another bracket or a quote: brackets that do not end are looked at once. */
function bracketEnd(line: string, start: number): number {
  for (let at = start; at < line.length; at++) {
    const char = line.charCodeAt(at)
    if (char === CLOSING_BRACKET) return at
    if (char === BRACKET || char === QUOTE) return -1
  }
  return -1
}
