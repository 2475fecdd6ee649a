import { cp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { resetSchema } from '../../lib/catalog/reset-schema.ts'
import { attemptSeal } from '../../lib/seal/attempt.ts'
import { learnDay } from '../../lib/seal/learn-day.ts'
import { uploadDay } from '../../lib/seal/upload-day.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { butForHours } from '../verify/but-for-hours.ts'
import { attemptOptions, DATE, makeDay, NOW, ofKind } from './day.ts'
import { killedStore } from './killed-store.ts'

/** When what a killed run left is old. */
const LATER = new Date(Date.now() + 8 * 86_400_000)

/** Every file below a folder but hourly parts, whose ledgers name what they were made by, with its content. */
async function filesOf(out: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(out, { recursive: true })).sort()
  const files: Record<string, string> = {}
  for (const name of names) {
    const path = join(out, name)
    if ((await stat(path)).isFile() && !name.startsWith('hourly/')) files[name] = (await readFile(path)).toString('hex')
  }
  return files
}

/** Names of generations' data hold the run that wrote them; manifests name these, and the view is a copy. */
function withoutIds(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = (name: string) => name.replace(/(g\d{4})-[^/]+\.parquet$/, '$1.parquet')
  const isManifest = (name: string) => name.includes('manifest')
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      named(name),
      isManifest(name)
        ? Buffer.from(content, 'hex')
            .toString()
            .replace(/(g\d{4})-[^/]+\.parquet/, '$1.parquet')
        : content,
    ]),
  )
}

const oneHour = (hour: string) => (hour === '07' ? [{ hour: 7, text: 'only here', odd: { deep: 1 } }] : [{ hour: 1 }])

const minHours = 3

async function shortDay() {
  const day = await makeDay(oneHour)
  for (const hour of HOURS.filter((hour) => !['03', '07', '19'].includes(hour))) await day.removeHour(hour)
  return day
}

describe('a seal that is killed', () => {
  test.each([1, 2])(
    'as generation %i, before any of its changes, ends as one that nobody disturbed',
    async (generation) => {
      const day = await shortDay()
      const snapshot = join(dirname(day.out), 'snapshot')
      if (generation === 2) {
        ofKind(await day.seal({ minHours }), 'sealed')
        await day.writeHour('19', [{ hour: 19, late: 'a column of its own' }])
        await cp(day.out, snapshot, { recursive: true, preserveTimestamps: true })
      }
      ofKind(await day.seal({ minHours }), 'sealed')
      const wanted = withoutIds(await filesOf(day.out))
      expect(Object.keys(wanted)).toEqual(expect.arrayContaining(['schema.json', `daily/${DATE}/data.parquet`]))
      const learnt = Buffer.from(wanted['schema.json']!, 'hex').toString()
      expect(learnt).toContain(generation === 1 ? 'odd' : 'late')
      for (let at = 1, isOver = false; !isOver; at++) {
        await rm(day.out, { recursive: true, force: true })
        if (generation === 2) await cp(snapshot, day.out, { recursive: true, preserveTimestamps: true })
        const { store, isDead } = killedStore(openStore(day.out, { createRoot: true }), at)
        const outcome = await attemptSeal({ ...attemptOptions(day.dataset, store), minHours }).catch(
          (error: Error) => error,
        )
        isOver = !isDead()
        expect(outcome instanceof Error).toBe(!isOver)
        // Whoever seals next, by whatever name it has, and again when what was left is old.
        await day.seal({ minHours })
        ofKind(await day.seal({ minHours, now: LATER }), 'already-sealed')
        expect(withoutIds(await filesOf(day.out)), `killed before change ${at}`).toEqual(wanted)
      }
      expect(butForHours(await day.verify()).result).toBe('passed')
    },
    240_000,
  )
})

describe('a day that is sealed already', () => {
  test('is learnt from when its view is not there, or the schema', async () => {
    const day = await makeDay(oneHour)
    ofKind(await day.seal(), 'sealed')
    const learnt = await readFile(join(day.out, 'schema.json'), 'utf8')
    await rm(join(day.out, 'schema.json'))
    ofKind(await day.seal(), 'already-sealed')
    expect(await readFile(join(day.out, 'schema.json'), 'utf8')).toBe(learnt)
    await resetSchema({ dataset: day.dataset, paths: ['odd'] })
    await rm(join(day.out, 'daily'), { recursive: true })
    ofKind(await day.seal(), 'already-sealed')
    expect(await readFile(join(day.out, 'schema.json'), 'utf8')).toBe(learnt)
  })

  test('teaches nothing a second time that was forgotten since', async () => {
    const day = await makeDay(oneHour)
    ofKind(await day.seal(), 'sealed')
    await resetSchema({ dataset: day.dataset, paths: ['odd'] })
    ofKind(await day.seal(), 'already-sealed')
    expect(await readFile(join(day.out, 'schema.json'), 'utf8')).not.toContain('odd')
  })

  test('is cleared of what broken runs left a week ago', async () => {
    const day = await makeDay(oneHour)
    ofKind(await day.seal(), 'sealed')
    const left = [
      `generations/${DATE}/g0001-killed.parquet`,
      `history/${DATE}/.dayseal-tmp-1-left`,
      `daily/${DATE}/.dayseal-tmp-1-left`,
      '.dayseal-tmp-1-left',
      '_state/export/logs/.dayseal-tmp-1-left',
    ].map((name) => join(day.out, name))
    for (const file of left) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, 'half')
      await utimes(file, NOW, NOW)
    }
    const isThere = async () => (await readdir(day.out, { recursive: true })).filter((name) => /killed|tmp/.test(name))
    ofKind(await day.seal({ now: new Date(NOW.getTime() + 6 * 86_400_000) }), 'already-sealed')
    expect(await isThere()).toHaveLength(5)
    ofKind(await day.seal({ now: new Date(NOW.getTime() + 8 * 86_400_000) }), 'already-sealed')
    expect(await isThere()).toEqual([])
    expect((await day.verify()).result).toBe('passed')
  })
})

test('an upload that is killed at any change ends, with the next one, as one that nobody disturbed', async () => {
  const day = await shortDay()
  ofKind(await day.seal({ minHours }), 'sealed')
  await day.writeHour('03', [{ hour: 3, more: true }])
  ofKind(await day.seal({ minHours }), 'sealed')
  const from = openStore(day.out)
  const place = (name: string) => join(dirname(day.out), name)
  const upload = (to: ObjectStore, now = NOW) => uploadDay({ dataset: day.dataset, date: DATE, from, to, now })
  await upload(openStore(place('undisturbed'), { createRoot: true }))
  const wanted = await filesOf(place('undisturbed'))
  for (let at = 1, isOver = false; !isOver; at++) {
    await rm(place('killed'), { recursive: true, force: true })
    const to = openStore(place('killed'), { createRoot: true })
    const { store, isDead } = killedStore(to, at)
    await upload(store).catch((error: Error) => expect(error.message).toBe('killed'))
    isOver = !isDead()
    await upload(to)
    expect((await upload(to, LATER)).kind).toBe('already-there')
    expect(await filesOf(place('killed')), `killed before change ${at}`).toEqual(wanted)
  }
}, 120_000)

test('an upload that finds the day there teaches nothing that was forgotten there', async () => {
  const day = await makeDay(oneHour)
  ofKind(await day.seal(), 'sealed')
  const there = join(dirname(day.out), 'there')
  const dataset = { ...day.dataset, out: there }
  const upload = () =>
    uploadDay({ dataset, date: DATE, from: openStore(day.out), to: openStore(there, { createRoot: true }), now: NOW })
  await upload()
  await resetSchema({ dataset, paths: ['odd'] })
  expect((await upload()).kind).toBe('already-there')
  expect(await readFile(join(there, 'schema.json'), 'utf8')).not.toContain('odd')
})

test('learning says so when others are faster every time', async () => {
  const day = await makeDay(oneHour)
  ofKind(await day.seal(), 'sealed')
  const out = openStore(day.out)
  const beaten: ObjectStore = { ...out, putIfMatch: async () => ({ kind: 'conflict' }) }
  const profile = { objects: 1, fields: [['new', { ints: 1 }]] } as unknown as Parameters<typeof learnDay>[1]
  const rules = { declared: undefined, ruleAt: () => ({}) } as unknown as Parameters<typeof learnDay>[2]
  await expect(learnDay(beaten, profile, rules)).rejects.toMatchObject({ code: 'conflict' })
})
