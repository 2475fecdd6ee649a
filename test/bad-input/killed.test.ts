import { cp, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Manifest, manifestSchema } from '../../lib/seal/manifest.ts'
import { sha256 } from '../../lib/sha256.ts'
import { DATE, jsonl, rowsOf, writeDay } from '../archive-day.ts'
import { start } from '../cli/dayseal.ts'
import { COMPILE_CACHE, filesIn, notPassed, openPlace, type Place, sealDay, verifyDay } from './place.ts'

const KILL_AT = resolve(import.meta.dirname, 'kill-at.ts')

const hours = ['04', '05', '06']
const minHours = hours.length

/** Moments of a first seal, in order; the manifest in the history is the commit. */
const FIRST = {
  uncommitted: [
    `after write hourly/${DATE}`,
    `after rename quarantine/${DATE}/05.jsonl.gz`,
    `after write generations/${DATE}`,
    `after write history/${DATE}`,
  ],
  committed: [`after link history/${DATE}`, `after rename daily/${DATE}/data.parquet`],
}

/** Of a seal that finds hour 05 changed so that the others have to be converted again as well. */
const SECOND = {
  uncommitted: [
    `after rename hourly/${DATE}/05.parquet`,
    `after rename hourly/${DATE}/05.json`,
    `after rename quarantine/${DATE}/05.jsonl.gz`,
    `before link history/${DATE}`,
  ],
  committed: [`before rename daily/${DATE}/data.parquet`, `after rename daily/${DATE}/manifest.json`],
}

const moments = ({ uncommitted, committed }: typeof FIRST) => [
  ...uncommitted.map((at) => ({ at, isCommitted: false })),
  ...committed.map((at) => ({ at, isCommitted: true })),
]

/** Hour 05 with lines for the quarantine. */
const withBroken = (rows: readonly object[], broken: number) => ({
  '05.jsonl.gz': gzipSync(`${jsonl(rows)}${'broken\n'.repeat(broken)}`),
})
const many = Array.from({ length: 100 }, (_, n) => ({ ...rowsOf('05')[0], n }))

describe.each([
  { name: 'a first seal', before: 0, each: moments(FIRST) },
  { name: 'a seal of a changed hour', before: 1, each: moments(SECOND) },
])('$name, killed', ({ before, each }) => {
  let place: Place
  /** What the sealed data is when nothing disturbs the seal. */
  let undisturbed: string

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    await writeDay(place.archive, { hours, files: withBroken(many, 2) })
    if (before > 0) {
      await sealDay(place, { minHours })
      // `n` is a double from now on, in every hour.
      await writeDay(place.archive, { hours: [], files: withBroken([...many, { n: 0.5 }], 3) })
    }
    const apart = await copyOf(place, 'undisturbed')
    const outcome = await sealDay(apart, { minHours })
    if (outcome.kind !== 'sealed') throw new Error(outcome.kind)
    undisturbed = outcome.manifest.parquet_sha256!
    return opened.remove
  }, 60_000)

  test.each(each)('$at', async ({ at, isCommitted }) => {
    const here = await copyOf(place, `killed-${each.findIndex((moment) => moment.at === at)}`)
    expect(await killedSeal(here, at)).toBe('SIGKILL')

    const generation = before + (isCommitted ? 1 : 0)
    expect((await committed(here.out)).map((manifest) => manifest.generation)).toEqual(upTo(generation))
    const found = await verifyDay(here, { source: false })
    expect(found.generation).toBe(generation === 0 ? null : generation)
    const failed = notPassed(found).filter((line) => line.startsWith('failed'))
    expect(failed).toEqual(generation === 0 ? [`failed presence.manifest: no manifest in history/${DATE}/`] : [])

    const next = await sealDay(here, { minHours })
    expect(next.kind).toBe(isCommitted ? 'already-sealed' : 'sealed')
    const manifests = await committed(here.out)
    expect(manifests.map((manifest) => manifest.generation)).toEqual(upTo(before + 1))
    expect(manifests.at(-1)?.parquet_sha256).toBe(undisturbed)
    expect(notPassed(await verifyDay(here))).toEqual([])
  })
})

function upTo(generation: number): number[] {
  return Array.from({ length: generation }, (_, index) => index + 1)
}

/** The same archive, with a copy of the output. */
async function copyOf(place: Place, name: string): Promise<Place> {
  const out = join(place.folder, name)
  if ((await filesIn(place.out)).length > 0) await cp(place.out, out, { recursive: true })
  return { ...place, out, flags: ['--archive', place.archive, '--out', out] }
}

/** Runs the command and kills it at a moment (see kill-at.ts). Gives the signal that ended it: null when it came to its end. */
async function killedSeal({ flags }: Place, at: string): Promise<NodeJS.Signals | null> {
  const env = { ...COMPILE_CACHE, NODE_OPTIONS: `--import ${KILL_AT}`, DAYSEAL_TEST_KILL_AT: at }
  const child = start(['seal', ...flags, '--date', DATE, '--min-hours', String(minHours), '--workers', '1'], { env })
  child.stdout.resume()
  child.stderr.resume()
  return new Promise((done) => child.on('close', (_, signal) => done(signal)))
}

/** The manifests in the history, each of which must have its data. */
async function committed(out: string): Promise<readonly Manifest[]> {
  const files = (await filesIn(join(out, 'history', DATE))).filter((file) => file.startsWith('manifest.'))
  const manifests = files.map(async (file) => {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(out, 'history', DATE, file), 'utf8')))
    expect(sha256(await readFile(join(out, manifest.data_key!)))).toBe(manifest.parquet_sha256)
    return manifest
  })
  return Promise.all(manifests)
}
