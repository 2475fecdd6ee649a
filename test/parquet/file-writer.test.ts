import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { narrowed, rowsOf, schemas } from './arbitrary-rows.ts'
import { type Duck, fileOf, openDuck, plainRows, readWithHyparquet } from './read-back.ts'
import { shred } from './reference-shred.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

describe('createFileWriter', () => {
  test('any rows come back as they went in, from hyparquet and from DuckDB', async () => {
    const input = schemas(3).chain((schema) =>
      fc
        .array(
          narrowed(schema).chain((early) => rowsOf(early)),
          { minLength: 1, maxLength: 3 },
        )
        .map((groups) => ({ schema, groups })),
    )
    await fc.assert(
      fc.asyncProperty(input, async ({ schema, groups }) => {
        const bytes = await fileOf(
          schema,
          groups.map((rows) => shred(schema, rows)),
        )
        const rows = plainRows(schema, groups.flat())
        expect(await duck.read(schema, bytes)).toEqual(rows)
        expect(await readWithHyparquet(schema, bytes)).toEqual(rows)
      }),
      { numRuns: 150 },
    )
  })
})
