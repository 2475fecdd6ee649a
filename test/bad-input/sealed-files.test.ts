import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { historyKey, quarantineKey, viewDataKey, viewManifestKey } from '../../lib/keys.ts'
import { type Manifest, manifestSchema } from '../../lib/seal/manifest.ts'
import { DATE, jsonl, rowsOf, writeDay } from '../archive-day.ts'
import type { Ran } from '../cli/dayseal.ts'
import { dateOfCase, dayseal, daysOf, filesIn, openPlace, type Place, sealFast, snapshot, verifyDay } from './place.ts'

/** A sealed day to be damaged, by its files' paths. */
interface Sealed {
  readonly date: string
  readonly data: string
  readonly manifest: string
  readonly viewData: string
  readonly viewManifest: string
  readonly quarantine: string
}

/** The day that the damaged one is swapped with. It stays whole. */
const OTHER = dateOfCase(0, 2)

interface Case {
  readonly what: string
  readonly damage: (day: Sealed, other: Sealed) => Promise<unknown>
  /** A check that must fail, among others. */
  readonly check: string
}

const alter = async (path: string, change: (bytes: Buffer) => Uint8Array) =>
  writeFile(path, change(await readFile(path)))
const flip = (path: string, share: number) =>
  alter(path, (bytes) => {
    const at = Math.min(bytes.length - 1, Math.floor(bytes.length * share))
    return bytes.with(at, bytes[at]! ^ 1)
  })
const cut = (path: string, share: number) => alter(path, (bytes) => bytes.subarray(0, Math.floor(bytes.length * share)))

/** Edits the manifest, and its view, and leaves them in the form that Dayseal writes. */
async function edit({ manifest, viewManifest }: Sealed, change: (manifest: Manifest) => object): Promise<void> {
  const before = manifestSchema.parse(JSON.parse(await readFile(manifest, 'utf8')))
  const bytes = canonicalJson({ ...before, ...change(before) })
  await writeFile(manifest, bytes)
  await writeFile(viewManifest, bytes)
}

/** A view's data may be a link to the sealed data: it is replaced, so that the sealed data stays. */
async function replace(path: string, bytes: Uint8Array | string): Promise<void> {
  await rm(path)
  await writeFile(path, bytes)
}

const CASES: readonly Case[] = [
  { what: 'data cut in half', check: 'presence.size', damage: ({ data }) => cut(data, 0.5) },
  { what: 'data cut to nothing', check: 'presence.size', damage: ({ data }) => cut(data, 0) },
  { what: 'data without its last byte', check: 'presence.size', damage: ({ data }) => cut(data, 0.99999) },
  { what: 'data that is missing', check: 'presence.data', damage: ({ data }) => rm(data) },
  { what: 'a flipped bit in the data', check: 'manifest.parquet_sha256', damage: ({ data }) => flip(data, 0.3) },
  { what: 'a flipped bit in the footer', check: 'manifest.parquet_sha256', damage: ({ data }) => flip(data, 0.98) },
  {
    what: "another day's data",
    check: 'manifest.parquet_sha256',
    damage: ({ data }, other) => copyFile(other.data, data),
  },
  { what: 'text for data', check: 'parquet.footer', damage: ({ data }) => writeFile(data, 'PAR1, and so on. PAR1') },
  { what: 'a manifest cut in half', check: 'manifest.schema', damage: ({ manifest }) => cut(manifest, 0.5) },
  { what: 'a manifest cut to nothing', check: 'manifest.schema', damage: ({ manifest }) => cut(manifest, 0) },
  { what: 'a manifest that is missing', check: 'presence.manifest', damage: ({ manifest }) => rm(manifest) },
  { what: 'a flipped bit in the manifest', check: 'view.newest', damage: ({ manifest }) => flip(manifest, 0.6) },
  { what: 'text for a manifest', check: 'manifest.schema', damage: ({ manifest }) => writeFile(manifest, '<html>\n') },
  { what: 'brackets without end', check: 'manifest.schema', damage: (day) => writeFile(day.manifest, '['.repeat(1e6)) },
  { what: "another day's manifest", check: 'manifest.place', damage: swapManifests },
  {
    what: 'an edited row count',
    check: 'manifest.row_count',
    damage: (day) => edit(day, (m) => ({ row_count: m.row_count + 1 })),
  },
  { what: 'an edited source', check: 'sources.unchanged', damage: (day) => edit(day, editSource) },
  { what: 'a view with another manifest', check: 'view.newest', damage: (day) => flip(day.viewManifest, 0.6) },
  { what: 'a view without data', check: 'view.newest', damage: ({ viewData }) => rm(viewData) },
  { what: 'a view with other data', check: 'view.newest', damage: ({ viewData }) => replace(viewData, 'PAR1') },
  { what: 'a quarantine cut in half', check: 'quarantine.lines', damage: ({ quarantine }) => cut(quarantine, 0.5) },
  { what: 'a quarantine that is missing', check: 'quarantine.lines', damage: ({ quarantine }) => rm(quarantine) },
]

async function swapManifests(day: Sealed, other: Sealed): Promise<void> {
  await copyFile(other.manifest, day.manifest)
  await replace(day.viewManifest, await readFile(other.manifest))
}

function editSource({ sources }: Manifest): object {
  return { sources: [{ ...sources[0]!, sha256: '0'.repeat(64) }, ...sources.slice(1)] }
}

async function sealedDay({ out }: Place, date: string): Promise<Sealed> {
  const [data] = (await filesIn(join(out, 'generations', date))).filter((file) => file.startsWith('g0001-'))
  return {
    date,
    data: join(out, 'generations', date, data!),
    manifest: join(out, historyKey(date, 1)),
    viewData: join(out, viewDataKey(date)),
    viewManifest: join(out, viewManifestKey(date)),
    quarantine: join(out, quarantineKey(date, '05')),
  }
}

/** Two hours, one of them with lines for the quarantine. */
async function writeTwoHours({ archive }: Place, date: string): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, n) => ({ ...rowsOf('05', date)[n % 2], n, id: `${date} ${n}` }))
  await writeDay(archive, { date, hours: ['04'], files: { '05.jsonl.gz': gzipSync(`${jsonl(rows)}broken\nbroken\n`) } })
}

describe('a sealed day with', () => {
  let place: Place
  let text: Ran
  let json: Ran
  let seen: Readonly<Record<string, string>>
  const dateOf = (one: Case) => dateOfCase(CASES.indexOf(one))
  const dates = [...CASES.map(dateOf), OTHER].flatMap((date) => ['--date', date])

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    for (const date of [...CASES.map(dateOf), OTHER]) {
      await writeTwoHours(place, date)
      await sealFast(place, date)
    }
    const other = await sealedDay(place, OTHER)
    for (const one of CASES) await one.damage(await sealedDay(place, dateOf(one)), other)
    seen = await snapshot(place.out)
    const verifyAll = ['verify', ...place.flags, ...dates, '--source']
    text = await dayseal(verifyAll)
    json = await dayseal([...verifyAll, '--json'])
    return opened.remove
  }, 60_000)

  test.each(CASES.map((one) => [one.what, one] as const))('%s fails, and the check is named', (_, one) => {
    const day = daysOf(json.stdout).get(dateOf(one))
    expect(day).toMatchObject({ exit_code: 1, result: 'failed' })
    const failed = day?.checks?.filter(({ result }) => result === 'failed').map(({ id }) => id)
    expect(failed).toContain(one.check)
    const report = text.stdout.split(/^(?=default )/m).find((part) => part.startsWith(`default ${dateOf(one)}: `))
    expect(report).toContain(`default ${dateOf(one)}: failed`)
    for (const id of failed ?? []) expect(report).toMatch(new RegExp(`^ {2}✗ .* failed {2}${id}$`, 'm'))
  })

  test('… ends the command with 1, whole days beside it pass, and nothing is written', async () => {
    expect([text.code, json.code]).toEqual([1, 1])
    expect(daysOf(json.stdout).get(OTHER)).toMatchObject({ exit_code: 0, result: 'passed' })
    expect(daysOf(json.stdout).size).toBe(CASES.length + 1)
    expect(text.stderr + json.stderr).not.toMatch(/dayseal:/)
    expect(await snapshot(place.out)).toEqual(seen)
  })

  test('… a manifest that is none is not sealed over', async () => {
    const cutManifest = dateOf(CASES.find(({ what }) => what === 'a manifest cut in half')!)
    const { code, stderr } = await dayseal([
      'seal',
      ...place.flags,
      '--date',
      cutManifest,
      '--min-hours',
      '2',
      '--force',
    ])
    expect(code).toBe(1)
    expect(stderr).toContain(`dayseal: ${cutManifest}: history/${cutManifest}/manifest.g0001.json in ${place.out} `)
    expect(stderr).toContain('restore the file from a copy: nothing is sealed over it')
    expect(await snapshot(place.out)).toEqual(seen)
  })
})

test('whatever happens to a file of a sealed day, the verdict is that it failed', async () => {
  const { place, remove } = await openPlace()
  onTestFinished(remove)
  await writeTwoHours(place, DATE)
  await sealFast(place, DATE)
  const { date: _, ...files } = await sealedDay(place, DATE)
  await replace(files.viewData, await readFile(files.viewData))
  const damage = fc.oneof(
    fc
      .record({ at: fc.double({ min: 0, max: 0.999999, noNaN: true }), bit: fc.nat(7) })
      .map(({ at, bit }) => (bytes: Buffer) => {
        const index = Math.floor(at * bytes.length)
        return bytes.with(index, bytes[index]! ^ (1 << bit))
      }),
    fc
      .double({ min: 0, max: 0.999999, noNaN: true })
      .map((at) => (bytes: Buffer) => bytes.subarray(0, Math.floor(at * bytes.length))),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => (bytes: Buffer) => Buffer.concat([bytes, more])),
    fc.uint8Array({ maxLength: 99 }).map((other) => () => other),
  )
  const property = fc.asyncProperty(fc.constantFrom(...Object.values(files)), damage, async (file, change) => {
    const whole = await readFile(file)
    await writeFile(file, change(whole))
    const { result } = await verifyDay(place, { source: false })
    await writeFile(file, whole)
    expect(result).toBe('failed')
  })
  await fc.assert(property, { numRuns: 80 })
  expect((await verifyDay(place, { source: false })).result).toBe('passed')
})
