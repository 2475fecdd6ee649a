import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { readFooter } from '../../lib/parquet/read.ts'
import { sha256 } from '../../lib/sha256.ts'
import { earlierFile } from '../parquet/earlier-file.ts'
import { fileBytes } from '../verify/parquet-file.ts'
import { DATE, type Day, makeDay, ofKind } from './day.ts'
import { dataOf } from './sealed-data.ts'

const mixed = (hour: string) => [
  { n: Number(hour), v: 1, '': { '': true, _empty: 'x' } },
  { n: 0, v: { a: [hour] }, in: { k: [1, 'x'] } },
]

async function sealed(day: Day) {
  return ofKind(await day.seal(), 'sealed').manifest
}

async function edit(path: string, change: (bytes: Buffer) => Uint8Array): Promise<{ sha256: string; bytes: number }> {
  const bytes = change(await readFile(path))
  await writeFile(path, bytes)
  return { sha256: sha256(bytes), bytes: bytes.length }
}

/** The hour's part as version 0.1.0 left it there. */
async function makeEarlier(day: Day, hour: string): Promise<void> {
  const file = join(day.out, 'hourly', DATE, hour)
  const written = await edit(`${file}.parquet`, earlierFile)
  await edit(`${file}.json`, (text) => {
    const ledger = JSON.parse(String(text))
    return canonicalJson({ ...ledger, part: { ...ledger.part, ...written } })
  })
}

test('says which seal it is of, and which columns are JSON', async () => {
  const day = await makeDay(mixed)
  const manifest = await sealed(day)
  const { keyValues, root } = await readFooter(fileBytes(await dataOf(day, manifest)))
  expect(keyValues).toEqual({
    'dayseal.dataset': 'logs',
    'dayseal.date': DATE,
    'dayseal.generation': '1',
    'dayseal.schema_sha256': manifest.schema_sha256,
    'dayseal.json_columns': '["v","in.k[]"]',
  })
  expect(root.fields.map(({ name }) => name)).toEqual(['n', 'v', '_empty', 'in'])
  expect((await day.verify()).result).toBe('passed')
})

test('a part says which columns are JSON', async () => {
  const day = await makeDay(mixed)
  await sealed(day)
  const { keyValues } = await readFooter(fileBytes(await readFile(join(day.out, 'hourly', DATE, '07.parquet'))))
  expect(keyValues).toEqual({ 'dayseal.json_columns': '["v","in.k[]"]' })
})

test('columns with an empty key have names, which the manifest lists', async () => {
  const manifest = await sealed(await makeDay(mixed))
  expect(manifest.renamed_columns).toEqual([
    { path: '\\e', name: '_empty' },
    { path: '\\e.\\e', name: '_empty_' },
  ])
  expect((await sealed(await makeDay())).renamed_columns).toBeUndefined()
})

test('a name that comes with a later hour makes no hour be converted again', async () => {
  const day = await makeDay((hour) => [hour === '23' ? { '': 1, _empty: 2 } : { '': 1 }])
  const manifest = await sealed(day)
  expect(manifest.schema.map(({ name }) => name)).toEqual(['_empty_', '_empty'])
  await day.writeHour('05', [{ '': 3 }])
  const again = ofKind(await day.seal(), 'sealed')
  expect(again.converted).toEqual(['05'])
  expect(again.manifest.schema).toEqual(manifest.schema)
  expect((await day.verify()).result).toBe('passed')
})

test('parts of before are joined as they are, and give the same bytes', async () => {
  const [day, fresh] = [await makeDay(mixed), await makeDay(mixed)]
  for (const one of [day, fresh]) await sealed(one)
  for (const hour of HOURS) if (hour !== '03') await makeEarlier(day, hour)
  for (const one of [day, fresh]) await one.writeHour('03', [{ v: 'late' }, { v: 'later' }])
  const again = ofKind(await day.seal(), 'sealed')
  expect(again.converted).toEqual(['03'])
  expect(again.manifest.parquet_sha256).toBe((await sealed(fresh)).parquet_sha256)
  expect((await day.verify()).result).toBe('passed')
})

test('a footer that names another seal fails verification', async () => {
  const day = await makeDay(mixed)
  const manifest = await sealed(day)
  await edit(join(day.out, manifest.data_key!), (bytes) => {
    const at = bytes.lastIndexOf(DATE)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from('2025-03-15'), bytes.subarray(at + 10)])
  })
  const { checks } = await day.verify()
  expect(checks.find(({ id }) => id === 'parquet.metadata')).toMatchObject({
    result: 'failed',
    seen: 'dayseal.date 2025-03-15',
  })
})
