import { describe, expect, test } from 'vitest'
import { schemaToJson, type TypeJson } from '../../../lib/shred/schema-json.ts'
import { differenceIn } from '../../differential/difference.ts'
import { plainHour } from '../../differential/expected.ts'
import { PLAIN_SCAN, scan } from '../../differential/scan.ts'

/*
 * The cases of RFC 8259 by the names that JSONTestSuite ("Parsing JSON is a minefield") gave them: y_ must be accepted, n_
 * must be refused, of i_ the RFC leaves it open. Each document is tried as a line of its own, which is a row only if it is an
 * object, and as the value of a member.
 */

type Document = string | Buffer

/** Bytes, each as the character of its number. */
export const raw = (bytes: string): Buffer => Buffer.from(bytes, 'latin1')

/** A line with the document as the member `v`. */
function asMember(document: Document): Buffer {
  return Buffer.concat([Buffer.from('{"v":'), Buffer.from(document), Buffer.from('}')])
}

/** What becomes of the bytes: the reason for each rejected line, and how many of the others are rows. */
async function outcomeOf(bytes: Buffer) {
  const { counts, columns, rejects } = await scan(bytes, PLAIN_SCAN)
  // Whatever is said of the case, it means what it means to JSON.parse.
  expect(await differenceIn(plainHour(bytes))).toBeUndefined()
  const { rows_written: rows, blank } = counts
  return { columns: schemaToJson(columns), outcome: { rows, blank, rejects: rejects.map(({ reason }) => reason) } }
}

const ROW = { rows: 1, blank: 0, rejects: [] }
const rejected = (reasons: readonly string[]) => ({ rows: 0, blank: 0, rejects: reasons })

/** Documents that are values, each with the column that it makes of `v`; null where there is nothing to have a column. */
export function accepted(what: string, cases: readonly (readonly [string, Document, TypeJson | null])[]): void {
  describe(`accepted: ${what}`, () => {
    test.each(cases)('%s', async (_, document, type) => {
      const member = await outcomeOf(asMember(document))
      expect(member).toEqual({ columns: type === null ? [] : [{ name: 'v', type }], outcome: ROW })
      const isObject = document.toString().trimStart().startsWith('{')
      const { outcome } = await outcomeOf(Buffer.from(document))
      expect(outcome).toEqual(isObject ? ROW : rejected(['not_object']))
    })
  })
}

/** Documents that are no JSON, or none that UTF-8 or a row can hold, each with the reason that quarantine gives. */
export function refused(what: string, cases: readonly (readonly [string, Document, string])[]): void {
  describe(`refused: ${what}`, () => {
    test.each(cases)('%s', async (_, document, reason) => {
      expect((await outcomeOf(asMember(document))).outcome).toEqual(rejected([reason]))
      expect((await outcomeOf(Buffer.from(document))).outcome).toEqual(rejected([reason]))
    })
  })
}

/** Documents that are something else as lines than as values. */
export function asLines(
  what: string,
  cases: readonly (readonly [string, Document, { rows?: number; blank?: number; rejects?: readonly string[] }])[],
): void {
  describe(`as lines: ${what}`, () => {
    test.each(cases)('%s', async (_, document, wanted) => {
      const { outcome } = await outcomeOf(Buffer.from(document))
      expect(outcome).toEqual({ rows: 0, blank: 0, rejects: [], ...wanted })
    })
  })
}
