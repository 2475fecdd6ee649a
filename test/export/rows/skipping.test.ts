import { describe, expect, test } from 'vitest'
import type { Generation } from '../../../lib/seal/history.ts'
import { putObject } from '../../../lib/store/put-object.ts'
import { thrownBy } from '../../thrown.ts'
import { open, rowsOfSource } from './read-source.ts'
import { type CountingStore, schemaOf, storeOf, type WrittenDay, writeDay } from './written-days.ts'

const SCHEMA = schemaOf(
  { name: 'n', type: 'int64' },
  { name: 'big', type: 'string' },
  { name: 'who', type: 'string' },
  { name: 'half', type: 'double' },
  { name: 'time', type: 'timestamp' },
)
const GROUP_ROWS = 500
const GROUPS = 4

/** Row groups of ascending numbers, each with some 200 kB of noise in `big`. */
function noisyRow(n: number) {
  const noise = Array.from({ length: 64 }, (_, i) => Math.imul(n * 64 + i + 1, 0x9e3779b1).toString(36)).join('')
  return {
    n: BigInt(n),
    big: noise,
    who: n === 700 ? null : `user ${String(n).padStart(5, '0')}${'x'.repeat(80)}`,
    half: n / 2,
    time: BigInt(n) * 1_000_000n,
  }
}
const groups = Array.from({ length: GROUPS }, (_, g) =>
  Array.from({ length: GROUP_ROWS }, (_, i) => noisyRow(g * GROUP_ROWS + i)),
)
const day = await writeDay('2025-03-14', SCHEMA, groups)

async function read(selection: object, days: readonly WrittenDay[] = [day]) {
  const out = storeOf(days)
  const source = await open(days, selection, { out })
  const rows = await rowsOfSource(source)
  return { rows, counts: source.counts(), bytes: bytesOf(out) }
}

/** What was read beside the footer. */
function bytesOf({ reads }: CountingStore): number {
  return reads.reduce((sum, { start, end }) => sum + end - start, 0)
}

const all = await read({})
/** The footer and what comes with it in one request. */
const footer = (await read({ where: { n: -1 } })).bytes

describe('row groups', () => {
  test('are all read without conditions', () => {
    expect(all.rows).toEqual(groups.flat())
    expect(all.counts).toMatchObject({ rowsRead: 2000, rowGroups: GROUPS, rowGroupsSkipped: 0 })
    expect(all.bytes).toBeGreaterThan(day.bytes!.length * 0.99)
  })

  test.each([
    [{ where: { n: 1100 } }, 3, 1],
    [{ where: { n: [3, 1100] } }, 2, 2],
    [{ where: { half: 550 } }, 3, 1],
    [{ where: { who: `user 01100${'x'.repeat(80)}` } }, 3, 1],
    [{ where: { who: null } }, 3, 1],
    [{ where: { time: '1970-01-01T00:18:20Z' } }, 3, 1],
    [{ time: { column: 'time', from: '1970-01-01T00:08:20Z', to: '1970-01-01T00:16:40Z' } }, 3, 500],
    [{ time: { column: 'time', to: '1970-01-01T00:08:20.000001Z' } }, 2, 501],
    [{ where: { n: 1100, half: 1 } }, 4, 0],
    [{ where: { n: 5000 } }, 4, 0],
  ])('are skipped by their statistics where none can match: %o', async (selection, skipped, rows) => {
    const some = await read(selection)
    expect(some.counts).toMatchObject({ rowGroups: GROUPS, rowGroupsSkipped: skipped, rowsSelected: rows })
    expect(some.rows).toHaveLength(rows)
    expect(some.bytes - footer).toBeLessThan((day.bytes!.length / GROUPS) * (GROUPS - skipped) + 1000)
  })

  test('of which no row matches have only the columns of conditions read', async () => {
    const { counts, bytes } = await read({ where: { half: 500.25 } })
    expect(counts).toMatchObject({ rowGroupsSkipped: 3, rowsRead: 500, rowsSelected: 0 })
    expect(bytes - footer).toBeLessThan(20_000)
    expect(bytes - footer).toBeGreaterThan(0)
  })

  test('have the column of a condition read only while rows meet the ones before', async () => {
    const { counts, bytes } = await read({ where: { half: 500.25, big: 'm' } })
    expect(counts).toMatchObject({ rowGroupsSkipped: 3, rowsRead: 500 })
    expect(bytes - footer).toBeLessThan(20_000)
    expect((await read({ where: { half: 500.5, big: 'm' } })).bytes - footer).toBeGreaterThan(100_000)
  })

  test('have only the chosen columns read', async () => {
    const { bytes, rows } = await read({ columns: ['half'] })
    expect(rows).toHaveLength(2000)
    expect(bytes - footer).toBeLessThan(40_000)
  })

  test('after the limit are not read', async () => {
    const { counts, rows, bytes } = await read({ limit: 501 })
    expect(rows).toEqual(groups.flat().slice(0, 501))
    expect(counts).toMatchObject({ rowGroups: 2, rowsRead: 1000, rowsSelected: 501 })
    expect(bytes - footer).toBeLessThan(day.bytes!.length / 2 + 1000)
  })

  test('are read no further than the reader goes', async () => {
    const out = storeOf([day])
    for await (const batch of (await open([day], {}, { out, batchRows: 10 })).batches()) {
      expect(batch.rows).toBe(10)
      break
    }
    expect(bytesOf(out)).toBeLessThan(day.bytes!.length / 2)
  })

  test('share their dictionaries between batches', async () => {
    const schema = schemaOf({ name: 'a', type: 'string' })
    const words = Array.from({ length: 60 }, (_, i) => ({ a: `word ${i % 3}` }))
    const days = [await writeDay('2025-03-14', schema, [words, words])]
    const dictionaries: unknown[] = []
    for await (const { leaves } of (
      await open(days, { where: { a: ['word 1', 'word 2'] } }, { batchRows: 10 })
    ).batches()) {
      const { values } = leaves[0]!
      dictionaries.push(values.physical === 'BYTE_ARRAY' ? values.dictionary : undefined)
    }
    expect(dictionaries).toHaveLength(8)
    expect(new Set(dictionaries).size).toBe(2)
  })

  test('are not read once the signal is aborted', async () => {
    const abort = new AbortController()
    const source = await open([day], {}, { signal: abort.signal, batchRows: 10 })
    const reading = (async () => {
      for await (const _ of source.batches()) abort.abort()
    })()
    await expect(reading).rejects.toThrow('aborted')
    expect(source.counts().rowsSelected).toBeLessThan(30)
  })
})

describe('a file that is not what was sealed', () => {
  const altered = (edit: Partial<Generation['manifest']>, bytes = day.bytes): WrittenDay => ({
    generation: { ...day.generation, manifest: { ...day.generation.manifest, ...edit } },
    bytes,
  })

  test.each<[string, WrittenDay, string]>([
    ['is missing', { ...altered({}), bytes: undefined }, 'is not there'],
    ['is longer', altered({}, Buffer.concat([day.bytes!, Buffer.of(0)])), 'the size of'],
    ['has other rows', altered({ row_count: 1999 }), 'the rows in the footer'],
    ['has other columns', altered({ schema: [{ name: 'n', type: 'int64' }] }), 'the columns of'],
    ['is no Parquet', altered({}, Buffer.alloc(day.bytes!.length, 'x')), 'does not begin as Parquet'],
  ])('is refused when it %s', async (_, wrong, part) => {
    const error = await thrownBy(() => read({}, [wrong]))
    expect(error.code).toBe('corrupt')
    expect(error.message).toContain(part)
  })

  test('is refused when it is replaced while it is read', async () => {
    const out = storeOf([day])
    const source = await open([day], {}, { out, batchRows: 10 })
    const replaced = (async () => {
      for await (const _ of source.batches()) {
        await putObject(out, day.generation.manifest.data_key!, day.bytes!)
      }
    })()
    await expect(replaced).rejects.toMatchObject({ code: 'storage', reason: 'object-changed' })
  })
})
