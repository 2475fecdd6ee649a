import { expect, test } from 'vitest'
import { Cursor } from '../../lib/shred/cursor.ts'
import { keyLiteral, passLiteral } from '../../lib/shred/key-literal.ts'

const KEYS = ['a', 'ab', 'abc', 'abcd', 'abcde', 'größe', 'k'.repeat(100), 'a b', '__proto__', '🔑']

/** Where the cursor is in `text` after the key, or undefined where the key is not what is there. */
function passed(key: string, text: string): number | undefined {
  const bytes = Buffer.from(`xx${text}`)
  const cursor = new Cursor(64)
  cursor.reset(bytes, 2, bytes.length)
  return passLiteral(cursor, keyLiteral(key)!) ? cursor.at - 2 : undefined
}

test.each(KEYS)('%s is passed with its colon, and nothing else is', (key) => {
  const literal = `"${key}":`
  const { length } = Buffer.from(literal)
  expect(passed(key, `${literal}1`)).toBe(length)
  expect(passed(key, literal)).toBe(length)
  for (let cut = 0; cut < literal.length; cut++) {
    expect(passed(key, literal.slice(0, cut))).toBeUndefined()
    expect(passed(key, `${literal.slice(0, cut)}\u0001${literal.slice(cut + 1)}1`)).toBeUndefined()
  }
  expect(passed(key, `"${key}" :1`)).toBeUndefined()
})

test('what may lie beyond the line is not read', () => {
  const bytes = Buffer.from('"ab":1')
  const cursor = new Cursor(64)
  cursor.reset(bytes, 0, 4)
  expect(passLiteral(cursor, keyLiteral('ab')!)).toBe(false)
  expect(cursor.at).toBe(0)
})

test.each(['', 'a"b', 'a":1,"b', 'a\\b', 'a\nb', '\u0000'])('%j cannot be told by its bytes', (key) => {
  expect(keyLiteral(key)).toBeUndefined()
})
