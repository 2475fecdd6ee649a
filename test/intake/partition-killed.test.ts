import { spawn } from 'node:child_process'
import { utimes } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import { readUploadLedger } from '../../lib/intake/upload-ledger.ts'
import { sha256 } from '../../lib/sha256.ts'
import { COMPILE_CACHE } from '../bad-input/place.ts'
import {
  bytesOf,
  eventAt,
  everythingIn,
  type IntakePlace,
  intakePlace,
  partitionKey,
  put,
  sliceKeys,
} from './intake-place.ts'

const UNTIL = resolve(import.meta.dirname, 'partition-until.ts')
const KEY = 'uploads/a.jsonl'
const POINTS = 30

const hoursOf = (date: string, hours: readonly number[]) =>
  hours.map((hour) => eventAt(`${date}T${String(hour).padStart(2, '0')}:30:00Z`)).join('')
const BEFORE = `${hoursOf('2025-03-13', [4, 5, 6])}broken\n`
const AFTER = `${hoursOf('2025-03-14', [4, 5, 6, 7])}${hoursOf('2025-03-13', [5])}broken\n[]\n`

/** An archive whose upload was replaced after it was partitioned, the same to the nanosecond each time. */
async function replacedUpload() {
  const place = await intakePlace()
  const putAt = async (content: string, time: Date) => {
    await put(place.archive, KEY, content)
    await utimes(join(place.archive.location, KEY), time, time)
  }
  await putAt(BEFORE, new Date('2025-03-15T00:00:00Z'))
  await partitionKey(place, KEY)
  await putAt(AFTER, new Date('2025-03-15T01:00:00Z'))
  return place
}

/** Gives the signal that ended it, and what it printed. */
async function partitionUntil({ root }: IntakePlace, moment: number) {
  const child = spawn(process.execPath, [UNTIL, root, KEY, String(moment)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...COMPILE_CACHE },
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const signal = await new Promise<NodeJS.Signals | null>((done) => child.on('close', (_, ended) => done(ended)))
  return { signal, printed }
}

/** The one version that counts, all of whose slices must be what its ledger says. */
async function wholeVersion({ archive }: IntakePlace): Promise<number> {
  const versions = [...(await listUploads(archive, 'uploads/')).live.values()].flat()
  expect(versions).toHaveLength(1)
  const ledger = await readUploadLedger(archive, versions[0]!.ledgerKey)
  if (ledger?.outcome !== 'partitioned') throw new Error('no ledger')
  for (const { key, sha256: hash } of ledger.slices) expect(sha256(await bytesOf(archive, key))).toBe(hash)
  return ledger.seq
}

describe('killed while an upload takes the place of another version', () => {
  let undisturbed: ReadonlyMap<string, string>
  let moments = 0

  beforeAll(async () => {
    const place = await replacedUpload()
    const { signal, printed } = await partitionUntil(place, 0)
    expect(signal).toBeNull()
    moments = Number(printed)
    undisturbed = await everythingIn(place.archive)
    expect(await sliceKeys(place.archive)).toHaveLength(5)
    return place.remove
  })

  test(`at each of ${POINTS} moments, and run again, there is what an undisturbed run leaves`, async () => {
    expect(moments).toBeGreaterThan(POINTS)
    const places = await Promise.all(Array.from({ length: 2 }, () => killedInTurn()))
    const counted = places.flat()
    expect(counted).toHaveLength(POINTS)
    // Both sides of the commit were hit.
    expect(new Set(counted)).toEqual(new Set([1, 2]))
  }, 60_000)

  const points = Array.from({ length: POINTS }, (_, index) => index).values()

  /** Takes points while there are some; gives the version that counted after each kill. */
  async function killedInTurn(): Promise<number[]> {
    const counted: number[] = []
    for (const point of points) {
      const place = await replacedUpload()
      const moment = 1 + Math.floor((point * (moments - 1)) / (POINTS - 1))
      expect((await partitionUntil(place, moment)).signal, `moment ${moment}`).toBe('SIGKILL')
      counted.push(await wholeVersion(place))
      await partitionKey(place, KEY, { decision: 'replace-all' })
      expect(await wholeVersion(place)).toBe(2)
      expect(await everythingIn(place.archive), `after moment ${moment}`).toEqual(undisturbed)
      await place.remove()
    }
    return counted
  }
})
