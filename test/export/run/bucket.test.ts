import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkExport } from '../../../lib/export/check-export.ts'
import { s3Bucket } from '../../store/s3-bucket.ts'
import { thrownBy } from '../../thrown.ts'
import { sealedPlace } from './sealed-place.ts'

const DAY = '2025-03-14'
const bucket = s3Bucket()

describe('an export to a bucket', () => {
  it('is there with its meta file, latest is a copy and a pointer, old ones go', async () => {
    const place = await sealedPlace()
    const rows = Array.from({ length: 2000 }, (_, id) => ({ ts: `${DAY}T00:00:00Z`, id, kind: `k${id % 3}` }))
    await place.seal(DAY, rows)
    const destination = bucket.openAt(`s3://${bucket.name()}/exported data`)
    const settings = {
      formats: ['csv' as const, { format: 'parquet' as const, partitionBy: ['kind'] }],
      compression: 'gzip' as const,
      latest: true,
      retentionCount: 2,
    }
    for (let run = 0; run < 3; run++) await place.export(settings, { dates: [DAY], destination, folder: 'rows/' })
    const keys = (await destination.list('')).map(({ key }) => key)
    const stamps = ['000002', '000004']
    const partitions = ['k0', 'k1', 'k2'].map((kind) => `kind=${kind}/part-0.parquet`)
    expect(keys).toEqual(
      [
        'rows/latest.csv.gz',
        'rows/latest.csv.gz.json',
        'rows/latest.parquet.json',
        ...stamps.flatMap((stamp) => {
          const name = `rows/rows_20250320_${stamp}`
          const files = partitions.map((path) => `${name}.parquet/${path}`)
          return [`${name}.csv.gz`, `${name}.csv.gz.meta.json`, `${name}.parquet.meta.json`, ...files]
        }),
      ].sort(),
    )
    for (const name of ['latest.csv.gz', 'latest.parquet', 'rows_20250320_000002.csv.gz']) {
      const scratch = await mkdtemp(join(place.root, 'check-'))
      const options = { store: destination, key: `rows/${name}`, identity: undefined, scratch, signal: undefined }
      const verdict = await checkExport(options)
      expect(verdict.checks.filter(({ result }) => result !== 'passed')).toEqual([])
      expect(verdict.meta?.event_count).toBe(2000)
    }
    expect(new TextDecoder().decode((await destination.get('rows/latest.csv.gz'))!.bytes)).toBe(
      new TextDecoder().decode((await destination.get('rows/rows_20250320_000004.csv.gz'))!.bytes),
    )
  })

  it.each([
    ['ignores conditions', { kind: 'unconditional' }],
    ['does not have them', { kind: 'refuse', status: 501, code: 'NotImplemented' }],
  ] as const)('whose store %s is refused by name, and leaves nothing', async (_, fault) => {
    const place = await sealedPlace()
    await place.seal(DAY, [{ id: 1 }])
    const destination = bucket.openAt(`s3://${bucket.name()}/out`)
    bucket.server().fail({ fault, when: (request) => 'if-none-match' in request.headers, times: 99 })
    const error = await thrownBy(() => place.export({}, { dates: [DAY], destination, folder: 'rows/' }))
    expect(error).toMatchObject({ code: 'storage' })
    expect(error.message).toContain(`${destination.location} is no place for Dayseal`)
    expect(await destination.list('')).toEqual([])
  })

  it('that is stopped leaves neither an object nor an upload', async () => {
    const place = await sealedPlace()
    await place.seal(
      DAY,
      Array.from({ length: 500 }, (_, id) => ({ id })),
    )
    const destination = bucket.openAt(`s3://${bucket.name()}/out`)
    const stop = new AbortController()
    const stopping = { signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) }
    const options = { dates: [DAY], destination, folder: 'rows/', ...stopping }
    await expect(place.export({ batchSize: 100, formats: ['csv', 'json'] }, options)).rejects.toThrow('stopped')
    expect(await destination.list('')).toEqual([])
    expect(await destination.removeUnfinished('rows', Date.now() + 600_000)).toBe(0)
  })
})
