import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { SCHEMA_KEY } from '../../lib/keys.ts'
import { allGenerations } from '../../lib/seal/history.ts'
import { type UploadOptions, uploadDay } from '../../lib/seal/upload-day.ts'
import { sha256 } from '../../lib/sha256.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { verify } from '../../lib/verify/verify.ts'
import { DATE, jsonl, rowsOf, writeDay } from '../archive-day.ts'
import { datasetOf, filesIn, notPassed, openPlace, type Place, sealDay } from '../bad-input/place.ts'
import { isMethod, s3Bucket } from '../store/s3-bucket.ts'
import { thrownBy } from '../thrown.ts'
import { faultyStore } from './faulty-store.ts'

const NOW = new Date('2025-06-01T00:10:00.000Z')
const hours = ['04', '05', '06']
const sealing = { minHours: hours.length, limits: { maxQuarantineShare: 1 } }

/** Sealed twice, with lines in quarantine; nothing in it is changed. */
let place: Place
/** The same output before the second seal. */
let sealedOnce: string
let count = 0

beforeAll(async () => {
  const opened = await openPlace()
  place = opened.place
  await writeDay(place.archive, { hours, files: hour05(['broken']) })
  await sealDay(place, sealing)
  sealedOnce = join(place.folder, 'sealed-once')
  await cp(place.out, sealedOnce, { recursive: true })
  await writeDay(place.archive, { hours: [], files: hour05(['broken', 'also broken', '{"n":0.5}']) })
  await sealDay(place, sealing)
  return opened.remove
})

function hour05(lines: readonly string[]) {
  return { '05.jsonl.gz': gzipSync(`${jsonl(rowsOf('05'))}${lines.join('\n')}\n`) }
}

function elsewhere(): string {
  count++
  return join(place.folder, `elsewhere-${count}`)
}

function upload(to: ObjectStore, options: Partial<UploadOptions> = {}) {
  const from = openStore(place.out)
  return uploadDay({ dataset: datasetOf(place), date: DATE, from, to, now: NOW, ...options })
}

async function problemsAt(out: ObjectStore): Promise<readonly string[]> {
  const dataset = datasetOf(place, { limits: sealing.limits })
  return notPassed(await verify({ dataset, date: DATE, out, archive: openStore(place.archive) }))
}

/** The SHA-256 of every object, by its key. Athena's link is a bucket's alone. */
async function contentOf(store: ObjectStore): Promise<ReadonlyMap<string, string>> {
  const keys = (await store.list('')).map(({ key }) => key).filter((key) => !key.endsWith('symlink.txt'))
  return new Map(await Promise.all(keys.map(async (key) => [key, sha256((await store.get(key))!.bytes)] as const)))
}

/** A place, and a seal of other hour files that is for it as well. */
async function otherUpload(): Promise<{ readonly to: ObjectStore; readonly theirs: ObjectStore }> {
  const to = openStore(elsewhere(), { createRoot: true })
  const [archive, out] = [join(place.folder, `archive-${count}`), elsewhere()]
  await writeDay(archive, { hours })
  await sealDay({ ...place, archive, out }, sealing)
  return { to, theirs: openStore(out) }
}

/** A store in which something happens right after an object was written. */
function writing(to: ObjectStore, then: (key: string) => Promise<unknown>): ObjectStore {
  return {
    ...to,
    async write(key) {
      const sink = await to.write(key)
      const commit = async () => {
        const info = await sink.commit()
        await then(key)
        return info
      }
      return { ...sink, commit }
    },
  }
}

describe('a sealed day, uploaded to a directory', () => {
  test('is there as here: every generation, parts, ledgers, quarantine, view and schema', async () => {
    const to = openStore(elsewhere(), { createRoot: true })
    const steps: (readonly [number, number])[] = []
    const outcome = await upload(to, { onProgress: ({ done, total }) => steps.push([done, total]) })
    expect(outcome).toMatchObject({ kind: 'uploaded', generation: 2, committed: [1, 2], found: { objects: 0 } })
    const here = openStore(place.out)
    expect(await contentOf(to)).toEqual(await contentOf(here))
    expect(await problemsAt(to)).toEqual([])
    expect((await contentOf(to)).keys()).toContain('quarantine/2025-03-14/05.jsonl.gz')
    const sent = outcome.kind === 'newer-there' ? 0 : outcome.sent.bytes
    expect(steps.at(-1)).toEqual([sent, sent])
    expect(steps.every(([done], i) => done >= (steps[i - 1]?.[0] ?? 0))).toBe(true)
  })

  test('is not sent a second time', async () => {
    const to = openStore(elsewhere(), { createRoot: true })
    await upload(to)
    const { store, changes } = faultyStore(to, 0, 'before')
    // Both generations' data are read again.
    expect(await upload(store)).toMatchObject({ kind: 'already-there', committed: [], found: { objects: 2 } })
    expect(changes()).toBe(0)
  })

  test.each([
    ['after', 0],
    ['before', 1],
  ] as const)(
    'goes on where a fault %s each of its writes had cut it, from generation %i there',
    async (moment, there) => {
      const wanted = await contentOf(openStore(place.out))
      for (let failing = 1; ; failing++) {
        const to = openStore(elsewhere(), { createRoot: true })
        if (there === 1) await upload(to, { from: openStore(sealedOnce) })
        const { store, changes } = faultyStore(to, failing, moment)
        // Some answers that are lost do no harm: what was written is found by reading.
        await upload(store).catch((error: Error) => expect(error.message).toContain('the connection broke'))
        expect(await damageAt(to)).toEqual([])
        await upload(to)
        expect(await contentOf(to)).toEqual(wanted)
        if (changes() < failing) return expect(failing).toBeGreaterThan(15)
      }
    },
  )

  test('sends again what is not as it should be, and nothing else', async () => {
    const root = elsewhere()
    const to = openStore(root, { createRoot: true })
    await upload(to)
    const key = (await allGenerations(to, DATE))[0]!.manifest.data_key!
    const bytes = await readFile(join(root, key))
    bytes[bytes.length >> 1]! ^= 1
    await rm(join(root, key))
    await writeFile(join(root, key), bytes)
    expect(await upload(to)).toMatchObject({ kind: 'uploaded', committed: [], sent: { objects: 1 } })
    expect(await contentOf(to)).toEqual(await contentOf(openStore(place.out)))
  })

  test('a later seal there goes on from its parts', async () => {
    const out = elsewhere()
    await upload(openStore(out, { createRoot: true }))
    const there = { ...place, out }
    expect((await sealDay(there, sealing)).kind).toBe('already-sealed')
    const archive = join(place.folder, `archive-${count}`)
    await writeDay(archive, { hours, files: hour05(['broken', 'also broken', '{"n":0.5}', '{"n":7}']) })
    const outcome = await sealDay({ ...there, archive }, sealing)
    expect(outcome).toMatchObject({ kind: 'sealed', generation: 3, converted: ['05'] })
    // From here there is nothing to add: the day went on there.
    expect(await upload(openStore(out))).toEqual({ kind: 'newer-there', generation: 2, newest: 3 })
  })

  test('that was sealed otherwise there is a conflict, and stays', async () => {
    const out = elsewhere()
    const archive = join(place.folder, `archive-${count}`)
    await writeDay(archive, { hours })
    await sealDay({ ...place, archive, out }, sealing)
    const before = await contentOf(openStore(out))
    const error = await thrownBy(() => upload(openStore(out)))
    expect(error).toMatchObject({ code: 'conflict' })
    expect(error.message).toMatch(
      /another generation 1 .*seen: 6 rows of 3 sources, sealed .*wanted: 6 rows of 3 sources/,
    )
    expect(await contentOf(openStore(out))).toEqual(before)
  })

  test('that is written over by an upload from another archive loses the race, after looking again', async () => {
    const { to, theirs } = await otherUpload()
    let left = 1
    // The other upload puts its hours there, and commits, right after this one's first hour.
    const racing = writing(to, async (key) => {
      if (key === `hourly/${DATE}/05.parquet` && left-- > 0) await upload(to, { from: theirs })
    })
    const error = await thrownBy(() => upload(racing))
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining('another generation 1') })
    expect(await allGenerations(to, DATE)).toHaveLength(1)
  })

  test('that is written over by another that does not commit goes on, and loses when that goes on', async () => {
    const { to, theirs } = await otherUpload()
    const key = `hourly/${DATE}/05.parquet`
    const bytes = (await theirs.get(key))!.bytes
    const overwriting = (times: number) => {
      let left = times
      return writing(to, async (asked) => {
        if (asked === key && left-- > 0) await putObject(to, key, bytes)
      })
    }
    const error = await thrownBy(() => upload(overwriting(99), { random: () => 0 }))
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining('others wrote there 6 times') })
    expect(await upload(overwriting(2), { random: () => 0 })).toMatchObject({ kind: 'uploaded' })
    expect(await problemsAt(to)).toEqual([])
  })

  test('loses the race for a generation without harm', async () => {
    const out = elsewhere()
    const archive = join(place.folder, `archive-${count}`)
    await writeDay(archive, { hours })
    const to = openStore(out, { createRoot: true })
    const racing: ObjectStore = {
      ...to,
      putIfAbsent: async (key, bytes) => {
        if (key.startsWith('history/')) await sealDay({ ...place, archive, out }, sealing)
        return to.putIfAbsent(key, bytes)
      },
    }
    expect(await thrownBy(() => upload(racing))).toMatchObject({ code: 'conflict' })
    expect(await allGenerations(to, DATE)).toHaveLength(1)
    expect((await sealDay({ ...place, archive, out }, sealing)).kind).toBe('already-sealed')
  })
})

describe('what another machine has learnt there', () => {
  const schemaAt = async (store: ObjectStore) =>
    JSON.parse(Buffer.from((await store.get(SCHEMA_KEY))!.bytes).toString())

  test('stays, and is joined with what the day shows', async () => {
    const to = openStore(elsewhere(), { createRoot: true })
    const other = { key: 'other', name: 'other', type: 'string' }
    await to.putIfAbsent(SCHEMA_KEY, Buffer.from(JSON.stringify({ schema_version: 1, schema: [other] })))
    await upload(to)
    const { schema } = await schemaAt(openStore(place.out))
    const learnt = await schemaAt(to)
    expect(learnt.schema.map(({ name }: { name: string }) => name)).toEqual([
      'other',
      ...schema.map(({ name }: { name: string }) => name),
    ])
    expect(await problemsAt(to)).toEqual([])
  })
})

describe('a day that is not whole here', () => {
  const damagedCopy = async (damage: (out: string) => Promise<void>) => {
    const out = elsewhere()
    await upload(openStore(out, { createRoot: true }))
    await damage(out)
    return openStore(out)
  }
  const flip = (key: string) => async (out: string) => {
    const bytes = await readFile(join(out, key))
    bytes[bytes.length >> 1]! ^= 1
    await rm(join(out, key))
    await writeFile(join(out, key), bytes)
  }

  test.each([
    ['a part', flip(`hourly/${DATE}/05.parquet`), /hourly.*05\.parquet .*is not what was sealed; seen: SHA-256/],
    ['a quarantine', flip(`quarantine/${DATE}/05.jsonl.gz`), /quarantine.*05\.jsonl\.gz .*seen: SHA-256/],
    ['a missing part', (out: string) => rm(join(out, `hourly/${DATE}/05.parquet`)), /05\.parquet .*seen: nothing/],
    ['a lost generation', (out: string) => rm(join(out, `history/${DATE}/manifest.g0001.json`)), /does not follow/],
    ['a manifest', flip(`history/${DATE}/manifest.g0002.json`), /manifest\.g0002\.json .*cannot be used/],
  ])('because of %s is not committed there', async (_, damage, says) => {
    const from = await damagedCopy(damage)
    const to = openStore(elsewhere(), { createRoot: true })
    const error = await thrownBy(() => upload(to, { from }))
    expect(error.code).toBe('corrupt')
    expect(error.message).toMatch(says)
    expect(await to.list('history/')).toEqual([])
  })

  test('is uploaded without the hours of which only the quarantine is left', async () => {
    const from = await damagedCopy((out) => rm(join(out, 'hourly'), { recursive: true }))
    const to = openStore(elsewhere(), { createRoot: true })
    expect(await upload(to, { from })).toMatchObject({ kind: 'uploaded', committed: [1, 2] })
    expect(await problemsAt(to)).toEqual([])
  })

  test('or is not sealed at all, is refused', async () => {
    const error = await thrownBy(() => upload(openStore(elsewhere(), { createRoot: true }), { date: '2025-03-13' }))
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('2025-03-13 cannot be uploaded') })
  })

  test('is not begun once it is interrupted', async () => {
    const to = openStore(elsewhere(), { createRoot: true })
    const reason = new Error('enough')
    await expect(upload(to, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await filesIn(to.location)).toEqual([])
  })
})

describe('a sealed day, uploaded to a bucket', () => {
  const bucket = s3Bucket()

  test('is there as here, and verified', async () => {
    const to = bucket.open()
    expect(await upload(to)).toMatchObject({ kind: 'uploaded', committed: [1, 2] })
    expect(await contentOf(to)).toEqual(await contentOf(openStore(place.out)))
    expect(await problemsAt(to)).toEqual([])
  })

  test('goes on after requests were refused, and sends only what is missing', async () => {
    const to = bucket.open()
    const isData = ({ method, key }: { method: string; key: string }) =>
      method === 'PUT' && key.includes(`/hourly/${DATE}/`)
    bucket.server().fail({ fault: { kind: 'refuse', status: 403, code: 'AccessDenied' }, when: isData })
    expect(await thrownBy(() => upload(to))).toMatchObject({ code: 'storage', reason: 'denied' })
    expect(await to.list('history/')).toEqual([])
    const before = bucket.requests(isMethod('PUT')).length
    const outcome = await upload(to)
    expect(outcome).toMatchObject({ kind: 'uploaded', found: { objects: 2 } })
    const resent = bucket.requests(isMethod('PUT')).slice(before)
    expect(resent.filter(({ key }) => key.includes('/generations/'))).toEqual([])
    expect(await problemsAt(to)).toEqual([])
  })
})

/** What is wrong with the day as it was committed so far; a view that is behind, and an hour that is newer, only warn. */
async function damageAt(out: ObjectStore): Promise<readonly string[]> {
  if ((await out.list(`history/${DATE}/`)).length === 0) return []
  const found = await verify({ dataset: datasetOf(place), date: DATE, out })
  return notPassed(found).filter((problem) => problem.startsWith('failed'))
}
