import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { bytesOf, intakeDataset, intakePlace, linesIn, partitionKey, put, sliceKeys } from './intake-place.ts'

let place: Awaited<ReturnType<typeof intakePlace>>
beforeEach(async () => {
  place = await intakePlace()
})
afterEach(() => place.remove())

const SEED = Number(process.env.DAYSEAL_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Numbers from 0 to 1, always the same for a seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}

/** The events that count, each as it is in its slice. */
async function counted(archive: ObjectStore): Promise<readonly string[]> {
  const { isLive } = await listUploads(archive, 'uploads/')
  const lines = await Promise.all((await sliceKeys(archive)).filter(isLive).map((key) => linesIn(archive, key)))
  return lines.flat().sort()
}

/** What a machine does to its log, and what somebody who mirrors its folder sees. */
function loggingMachine(archive: ObjectStore, random: () => number) {
  const written: string[] = []
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  let log = ''
  let minutes = 0
  const name = (n: number, ending = '') => `uploads/app.log${n === 0 ? '' : `.${n}`}${ending}`
  const there = async () => new Set((await archive.list('uploads/')).map(({ key }) => key))
  const steps = {
    async grow() {
      for (let n = 1 + Math.floor(random() * 5); n > 0; n--) {
        minutes += Math.floor(random() * 90)
        const ts = new Date(Date.parse('2025-03-14T00:00:00Z') + minutes * 60_000).toISOString()
        const line = JSON.stringify({ ts, n: written.length, more: 'x'.repeat(Math.floor(random() * 3000)) })
        written.push(line)
        log += `${line}\n`
      }
      await put(archive, name(0), log)
    },
    /** Each becomes the one after it, and what is packed stays so; the fourth goes. */
    async rotate() {
      for (let n = 3; n >= 0; n--) {
        for (const ending of ['', '.gz', '.zst']) {
          if (!(await there()).has(name(n, ending))) continue
          if (n < 3) await put(archive, name(n + 1, ending), await bytesOf(archive, name(n, ending)))
          await archive.delete(name(n, ending))
        }
      }
      log = ''
    },
    async compress() {
      const [ending, pack] = pick([
        ['.gz', gzipSync],
        ['.zst', zstdCompressSync],
      ] as const)
      const n = pick([1, 2])
      if (!(await there()).has(name(n))) return
      await put(archive, name(n, ending), pack(await bytesOf(archive, name(n))))
      await archive.delete(name(n))
    },
    async remove() {
      const gone = pick([1, 2, 3])
      for (const ending of ['', '.gz', '.zst']) await archive.delete(name(gone, ending))
    },
    /** `copytruncate`: the log is copied, and emptied. */
    async truncate() {
      if (log === '') return
      await put(archive, `uploads/copied.${written.length}`, log)
      log = ''
      await put(archive, name(0), log)
    },
    /** A copy that is under way: it ends anywhere behind its first 4 KiB. */
    async cut() {
      const end = 4096 + Math.floor(random() * (log.length - 4096))
      if (log.length > 4096) await put(archive, `uploads/backup.${written.length}`, log.slice(0, end))
    },
    /** The log itself, as a writer leaves it that is stopped on the way. */
    async shorten() {
      await put(archive, name(0), log.slice(0, Math.floor(random() * log.length)))
    },
    async touch() {
      await put(archive, name(0), log)
    },
  }
  return { written, steps, pick }
}

/** All that is in flight, in any order. */
async function partitionAll(random: () => number): Promise<readonly string[]> {
  const { inFlight } = await listUploads(place.archive, 'uploads/')
  const outcomes: string[] = []
  for (const { key } of inFlight.toSorted(() => random() - 0.5)) outcomes.push((await partitionKey(place, key)).kind)
  return outcomes
}

test.each(Array.from({ length: 12 }, (_, n) => SEED + n))(
  'whatever a machine does to its log, every event counts once (seed %i)',
  async (seed) => {
    const random = randomFrom(seed)
    const machine = loggingMachine(place.archive, random)
    const names = [
      'grow',
      'grow',
      'grow',
      'rotate',
      'rotate',
      'compress',
      'remove',
      'truncate',
      'cut',
      'touch',
    ] as const
    const done: string[] = []
    for (let n = 0; n < 25; n++) {
      // What goes before anybody has looked is gone.
      await partitionAll(random)
      const step = machine.pick(names)
      done.push(step)
      await machine.steps[step]()
      await partitionAll(random)
      expect(await counted(place.archive), done.join()).toEqual(machine.written.toSorted())
    }
  },
)

test('and the same where events are of the time at which they came', async () => {
  const request = { dataset: intakeDataset({ timestamp: 'arrival' }) }
  await put(place.archive, 'uploads/a.log', '{"n":1}\n{"n":2}\n')
  await partitionKey(place, 'uploads/a.log', request)
  const before = await sliceKeys(place.archive)
  await put(place.archive, 'uploads/a.log.1', '{"n":1}\n{"n":2}\n{"n":3}\n')
  await put(place.archive, 'uploads/a.log', '{"n":4}\n')
  await partitionKey(place, 'uploads/a.log', request)
  await partitionKey(place, 'uploads/a.log.1', request)
  expect(await counted(place.archive)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}'])
  // What has arrived stays where it was.
  expect(await sliceKeys(place.archive)).toEqual(expect.arrayContaining([...before]))
})
