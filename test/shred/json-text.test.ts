import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textOf } from '../../lib/shred/byte-view.ts'
import { Cursor, QUOTE } from '../../lib/shred/cursor.ts'
import { readNumber } from '../../lib/shred/json-number.ts'
import { readString } from '../../lib/shred/json-string.ts'
import { skipValue } from '../../lib/shred/json-value.ts'
import { Reject } from '../../lib/shred/reject.ts'
import { anyNumber, strings } from '../generate/json-scalars.ts'
import { numberClass } from '../model/schema-model.ts'

/** A cursor on the text, which lies somewhere inside other bytes. */
function cursorOn(text: string, before = 0): Cursor {
  const bytes = Buffer.from(`${'"'.repeat(before)}${text}"0\\`)
  const cursor = new Cursor(64)
  cursor.reset(bytes, before, bytes.length - 3)
  return cursor
}

function accepts(read: () => void): boolean {
  try {
    read()
    return true
  } catch (thrown) {
    if (thrown instanceof Reject || thrown instanceof SyntaxError) return false
    throw thrown
  }
}

const CLASSES = { int: 'int', wide_int: 'wide', double: 'double', huge: 'huge' } as const

describe('numbers', () => {
  test('are what JSON.parse and BigInt make of them', () => {
    const property = fc.property(anyNumber, (text) => {
      const cursor = cursorOn(text)
      const kind = readNumber(cursor)
      if (cursor.at !== cursor.end || CLASSES[kind] !== numberClass(text))
        throw new Error(`${text} is taken for ${kind}`)
      if (kind === 'wide_int' && cursor.bigint !== BigInt(text)) throw new Error(`${text} is read as ${cursor.bigint}`)
      if ((kind === 'int' || kind === 'double') && !Object.is(cursor.number, JSON.parse(text))) {
        // −0 is the one integer that BigInt cannot tell.
        throw new Error(`${text} is read as ${cursor.number}`)
      }
    })
    fc.assert(property, { numRuns: 100_000 })
  })

  test('what JSON.parse refuses is refused', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'0019-+.eE '), minLength: 1, maxLength: 8 })
    const property = fc.property(nearly, (text) => {
      const cursor = cursorOn(text)
      const read = accepts(() => {
        skipValue(cursor)
        cursor.expectEnd()
      })
      expect(read).toBe(accepts(() => JSON.parse(text)))
    })
    fc.assert(property, { numRuns: 20_000 })
  })
})

describe('strings', () => {
  test('are what JSON.parse makes of them, wherever they lie', () => {
    const property = fc.property(strings, fc.nat({ max: 5 }), ({ text, value }, before) => {
      const cursor = cursorOn(text, before)
      expect(cursor.peek()).toBe(QUOTE)
      readString(cursor)
      expect(textOf(cursor.text, cursor.textStart, cursor.textEnd)).toBe(value)
      expect(cursor.at).toBe(cursor.end)
    })
    fc.assert(property, { numRuns: 10_000 })
  })

  test('what JSON.parse refuses is refused', () => {
    const units = [
      'a',
      'é',
      '"',
      '\\',
      '\\u',
      '00e9',
      '\n',
      '\t',
      '\0',
      '\u001f',
      ' ',
      '\u007f',
      '/',
      'n',
      'bcd',
      '\u{1f600}',
    ]
    const nearly = fc.string({ unit: fc.constantFrom(...units), maxLength: 9 }).map((text) => `"${text}"`)
    const property = fc.property(nearly, (text) => {
      const cursor = cursorOn(text)
      const read = accepts(() => {
        skipValue(cursor)
        cursor.expectEnd()
      })
      expect(read).toBe(accepts(() => JSON.parse(text)))
    })
    fc.assert(property, { numRuns: 20_000 })
  })
})
