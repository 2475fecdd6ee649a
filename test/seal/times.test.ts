import { describe, expect, it } from 'vitest'
import { sealedSchema } from '../../lib/catalog/sealed-schema.ts'
import { type Dataset, datasetFromFlags, parseConfig } from '../../lib/config.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { verify } from '../../lib/verify/verify.ts'
import { DATE, type Day, makeDay, ofKind } from './day.ts'

type Schema = Dataset['schema']

async function sealedWith(day: Day, schema: Schema, eventTime?: Dataset['eventTime']) {
  const dataset: Dataset = { ...day.dataset, schema, eventTime }
  const { manifest } = ofKind(await day.seal({ dataset, force: true }), 'sealed')
  const { archive, out } = day
  const verdict = await verify({ dataset, date: DATE, out: openStore(out), archive: openStore(archive) })
  expect(verdict.checks.filter(({ result }) => result === 'failed')).toEqual([])
  const { columns } = await sealedSchema({ dataset, date: DATE })
  return { manifest, columns }
}

const DETECT: Schema = { mode: 'infer', overrides: { at: { rename: 'when' } }, times: 'detect' }

describe('a day of texts that are times', () => {
  const rowOf = (hour: string) => ({
    at: `${DATE}T${hour}:30:00.5+0000`,
    in: { log: `14/Mar/2025:${hour}:00:00 +0000` },
    text: hour,
  })

  it('has timestamps where they are detected, and the schema and the manifest say so', async () => {
    const day = await makeDay((hour) => [rowOf(hour)])
    const { manifest, columns } = await sealedWith(day, DETECT)
    expect(manifest.schema).toEqual([
      { name: 'when', key: 'at', type: 'timestamp' },
      { name: 'in', type: { struct: [{ name: 'log', type: 'timestamp' }] } },
      { name: 'text', type: 'string' },
    ])
    expect(manifest.times).toEqual([
      { path: 'at', form: 'auto', detected: true },
      { path: 'in.log', form: 'auto', detected: true },
    ])
    expect(columns.map(({ path, type, detected }) => [path, type, detected])).toEqual([
      ['when', 'timestamp', true],
      ['in', 'struct', undefined],
      ['in.log', 'timestamp', true],
      ['text', 'string', undefined],
    ])
  })

  it('has texts without the setting, as it had', async () => {
    const day = await makeDay((hour) => [rowOf(hour)])
    const { manifest } = await sealedWith(day, { mode: 'infer', overrides: {} })
    expect(manifest.schema[0]).toEqual({ name: 'at', type: 'string' })
    expect(manifest).not.toHaveProperty('times')
  })

  it.each(['00', '13', '23'])('keeps every text when one of hour %s is no time', async (odd) => {
    const day = await makeDay((hour) => [rowOf(hour), ...(hour === odd ? [{ at: 'later' }] : [])])
    const { manifest, columns } = await sealedWith(day, DETECT)
    expect(manifest.schema[0]).toEqual({ name: 'when', key: 'at', type: 'string' })
    expect(manifest.times?.map(({ path }) => path)).toEqual(['in.log'])
    expect(columns[0]).toEqual({ path: 'when', type: 'string', null_share: 0 })
    expect(manifest.totals.rows_quarantined).toBe(0)
    // The next day is judged by its own texts.
    await day.writeHour(odd, [rowOf(odd), rowOf(odd)])
    expect((await sealedWith(day, DETECT)).manifest.schema[0]).toMatchObject({ type: 'timestamp' })
  })

  it('has texts again when the setting is taken back', async () => {
    const day = await makeDay((hour) => [rowOf(hour)])
    await sealedWith(day, DETECT)
    const { manifest } = await sealedWith(day, { mode: 'infer', overrides: {} })
    expect(manifest.schema[0]).toEqual({ name: 'at', type: 'string' })
    expect(manifest.totals.rows_quarantined).toBe(0)
  })
})

describe('times that are declared', () => {
  it('are read in their form, which the manifest tells the verifier', async () => {
    const day = await makeDay((hour) => [
      { ms: 5 + Number(hour), local: `${DATE} ${hour}:00:00`, any: 1741952042.133169 },
    ])
    const pattern = { pattern: 'yyyy-MM-dd HH:mm:ss', offset: '+01:00' }
    const { manifest } = await sealedWith(day, {
      mode: 'infer',
      overrides: { ms: { timestamp: 'epoch-ms' }, local: { timestamp: pattern, rename: 'utc' }, any: 'timestamp' },
    })
    expect(manifest.schema.map(({ type }) => type)).toEqual(['timestamp', 'timestamp', 'timestamp'])
    expect(manifest.times).toEqual([
      { path: 'ms', form: 'epoch-ms', detected: false },
      { path: 'local', form: pattern, detected: false },
    ])
    expect(manifest.totals.rows_quarantined).toBe(0)
  })

  it('in strict mode too', async () => {
    const day = await makeDay((hour) => [{ l: [Number(hour)], s: { t: '14/Mar/2025:00:00:00 +0000' } }])
    const columns = { l: { list: { timestamp: 'epoch-s' } }, s: { struct: [{ name: 't', type: 'timestamp' }] } }
    const config = { datasets: { logs: { archive: { location: 'a' }, out: 'o', schema: { mode: 'strict', columns } } } }
    const { manifest } = await sealedWith(day, parseConfig(config, 'the test').get('logs')!.schema)
    expect(manifest.schema).toEqual([
      { name: 'l', type: { list: 'timestamp' } },
      { name: 's', type: { struct: [{ name: 't', type: 'timestamp' }] } },
    ])
    expect(manifest.times).toEqual([{ path: 'l[]', form: 'epoch-s', detected: false }])
    expect(manifest.totals.rows_quarantined).toBe(0)
  })

  it('but one that says two things is refused', () => {
    const overrides = { t: { as: 'json', timestamp: 'epoch-s' } }
    const config = { datasets: { logs: { archive: { location: 'a' }, out: 'o', schema: { overrides } } } }
    expect(() => parseConfig(config, 'the test')).toThrow(/schema\.overrides\.t\.as: wanted none beside timestamp/)
  })
})

describe('the event time', () => {
  it.each<[string, Dataset['eventTime'], (hour: string) => unknown, string, string]>([
    ['texts', 't', (hour) => `${DATE}T${hour}:00:00+0000`, '00:00:00.000000Z', '23:00:00.000000Z'],
    ['an access log', 't', (hour) => `14/Mar/2025:${hour}:00:00 +0000`, '00:00:00.000000Z', '23:00:00.000000Z'],
    ['seconds', 't', (hour) => 1741910400.5 + 3600 * Number(hour), '00:00:00.500000Z', '23:00:00.500000Z'],
    ['milliseconds', 't', (hour) => 1741910400000 + 3600000 * Number(hour), '00:00:00.000000Z', '23:00:00.000000Z'],
    [
      'a pattern',
      { column: 't', form: { pattern: 'HH yyyyMMdd', offset: 'Z' } },
      (hour) => `${hour} 20250314`,
      '00:00:00.000000Z',
      '23:00:00.000000Z',
    ],
  ])('is read of %s, and verified', async (_, eventTime, of, min, max) => {
    const day = await makeDay((hour) => [{ t: of(hour) }, { other: 1 }])
    const { manifest } = await sealedWith(day, { mode: 'infer', overrides: {} }, eventTime)
    const form = typeof eventTime === 'object' ? eventTime.form : 'auto'
    expect(manifest.event_time).toEqual({
      column: 't',
      form,
      min: `${DATE}T${min}`,
      max: `${DATE}T${max}`,
      unparsed: 24,
    })
  })

  it('of a seal by an earlier version is verified as that version read it', async () => {
    const day = await makeDay((hour) => [{ t: `${DATE}T${hour}:00:00+00:00` }, { t: `${DATE}T${hour}:00:01+0000` }])
    const { manifest } = await sealedWith(day, { mode: 'infer', overrides: {} }, 't')
    expect(manifest.event_time).toMatchObject({ unparsed: 0 })
    const { form: _, ...event_time } = { ...manifest.event_time!, max: `${DATE}T23:00:00.000000Z`, unparsed: 24 }
    expect(await eventTimeCheck(day, { ...manifest, event_time })).toBe('passed')
    expect(await eventTimeCheck(day, { ...manifest, event_time: { ...event_time, unparsed: 0 } })).toBe('failed')
  })
})

/** What the verifier says of the event time of another manifest for the same data. */
async function eventTimeCheck(day: Day, manifest: object): Promise<string | undefined> {
  const out = openStore(day.out)
  const other = {
    ...out,
    get: async (key: string) => {
      const found = await out.get(key)
      const isManifest = found !== undefined && key.includes('manifest')
      return isManifest ? { ...found, bytes: Buffer.from(JSON.stringify(manifest)) } : found
    },
  }
  const dataset = datasetFromFlags({ name: 'logs', archive: day.archive, out: day.out })
  const { checks } = await verify({ dataset, date: DATE, out: other })
  return checks.find(({ id }) => id === 'parquet.event_time')?.result
}
