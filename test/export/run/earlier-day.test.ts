import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { canonicalJson } from '../../../lib/canonical-json.ts'
import { checkExport } from '../../../lib/export/check-export.ts'
import { sha256 } from '../../../lib/sha256.ts'
import { earlierFile } from '../../parquet/earlier-file.ts'
import { rowsOf, type SealedPlace, sealedPlace } from './sealed-place.ts'

const OLD = '2025-03-14'
const NEW = '2025-03-15'

/** Makes a sealed day what version 0.1.0 had sealed. */
async function makeEarlier({ out }: SealedPlace, date: string): Promise<void> {
  const manifestFile = join(out, 'history', date, 'manifest.g0001.json')
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8'))
  const bytes = earlierFile(await readFile(join(out, manifest.data_key)))
  await writeFile(join(out, manifest.data_key), bytes)
  const file = { parquet_sha256: sha256(bytes), parquet_size_bytes: bytes.length }
  await writeFile(manifestFile, canonicalJson({ ...manifest, ...file }))
}

it('a day of before is exported with days of today: its JSON is nested, and the file holds to its digest', async () => {
  const place = await sealedPlace()
  const rows = [{ v: { a: [1] } }, { v: 'text' }]
  await place.seal(OLD, rows)
  await place.seal(NEW, rows)
  await makeEarlier(place, OLD)
  const outcome = await place.export({ formats: ['ndjson', 'parquet'], days: 2 })
  expect(await rowsOf(place, outcome)).toEqual([...rows, ...rows])
  if (outcome.kind !== 'exported') return
  for (const { output } of outcome.outputs) {
    const check = { store: place.store, key: output.key, identity: undefined, scratch: place.root, signal: undefined }
    expect((await checkExport(check)).result).toBe('passed')
  }
})

it('an export of before, whose columns have the logical type JSON, can be checked', async () => {
  const place = await sealedPlace()
  await place.seal(OLD, [{ v: { a: [1] } }, { v: 'text' }])
  const outcome = await place.export({ formats: ['parquet'], days: 1 })
  if (outcome.kind !== 'exported') throw new Error(outcome.kind)
  const { key } = outcome.outputs[0]!.output
  const bytes = earlierFile(await readFile(join(place.out, key)))
  await writeFile(join(place.out, key), bytes)
  const metaFile = join(place.out, `${key}.meta.json`)
  const meta = JSON.parse(await readFile(metaFile, 'utf8'))
  const files = [{ ...meta.files[0], bytes: bytes.length, sha256: sha256(bytes) }]
  await writeFile(metaFile, canonicalJson({ ...meta, files, bytes: bytes.length }))
  const check = { store: place.store, key, identity: undefined, scratch: place.root, signal: undefined }
  expect((await checkExport(check)).checks.filter(({ result }) => result !== 'passed')).toEqual([])
})
