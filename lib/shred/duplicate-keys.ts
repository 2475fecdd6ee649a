import { textOf } from './byte-view.ts'
import { CLOSE_BRACE, CLOSE_BRACKET, type Cursor, OPEN_BRACE, OPEN_BRACKET } from './cursor.ts'
import { skipKey, skipValue } from './json-value.ts'
import { DUPLICATE_KEY, Misfit } from './misfit.ts'
import { Reject } from './reject.ts'

/**
 * Scans the line at the cursor; again without the earlier of two equal keys, whatever its value, when there are such.
 * `undo` takes back what the first scan left.
 */
export function scanDistinct(cursor: Cursor, scan: (skip?: ReadonlySet<number>) => void, undo: () => void): void {
  try {
    scan()
  } catch (thrown) {
    const isOfValue = thrown instanceof Reject && (thrown.reason === 'timestamp' || thrown.reason === 'schema')
    const mayBeEarlier = thrown instanceof Misfit || isOfValue
    if (thrown !== DUPLICATE_KEY && !mayBeEarlier) throw thrown
    cursor.rewind()
    const skip = findDuplicateKeys(cursor)
    if (skip.size === 0) throw thrown
    undo()
    cursor.rewind()
    scan(skip)
  }
}

/**
 * The positions of all keys in the line at the cursor that occur again later in the same object: as in `JSON.parse`, the
 * last one wins. Memory: the keys of the objects that are open at once.
 * @throws Reject when the line is no JSON, whatever else is wrong with it.
 */
export function findDuplicateKeys(cursor: Cursor): ReadonlySet<number> {
  const duplicates = new Set<number>()
  walk(cursor, duplicates)
  cursor.expectEnd()
  return duplicates
}

function walk(cursor: Cursor, duplicates: Set<number>): void {
  const first = cursor.peek()
  if (first === OPEN_BRACE) return walkObject(cursor, duplicates)
  if (first !== OPEN_BRACKET) return skipValue(cursor)
  cursor.enter()
  if (cursor.peek() !== CLOSE_BRACKET) {
    do walk(cursor, duplicates)
    while (cursor.more(CLOSE_BRACKET))
  }
  cursor.leave()
}

function walkObject(cursor: Cursor, duplicates: Set<number>): void {
  const positions = new Map<string, number>()
  cursor.enter()
  if (cursor.peek() !== CLOSE_BRACE) {
    do {
      cursor.peek()
      const { at } = cursor
      skipKey(cursor)
      const key = textOf(cursor.text, cursor.textStart, cursor.textEnd)
      const earlier = positions.get(key)
      if (earlier !== undefined) duplicates.add(earlier)
      positions.set(key, at)
      walk(cursor, duplicates)
    } while (cursor.more(CLOSE_BRACE))
  }
  cursor.leave()
}
