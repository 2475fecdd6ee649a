import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DayListing, listDay, listDays } from '../../lib/archive/day-listing.ts'
import { HOURS } from '../../lib/archive/guards.ts'
import { parseLayout } from '../../lib/archive/layout.ts'
import { openDirectory } from '../../lib/store/directory.ts'
import { thrownBy } from '../thrown.ts'

const HOURLY = parseLayout('{yyyy}{MM}{dd}/{HH}.jsonl.gz')
const MANY = parseLayout('{yyyy}/{MM}/{dd}/{HH}/*')

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dayseal-listing-'))
})
afterEach(() => rm(root, { recursive: true }))

async function archiveOf(...keys: readonly string[]) {
  for (const key of keys) {
    await mkdir(dirname(join(root, key)), { recursive: true })
    await writeFile(join(root, key), key)
  }
  return openDirectory(root)
}

/** A listing with keys for objects: `{ '05': ['20150912/05.jsonl.gz'] }`. */
function keysByHour(listing: DayListing): Record<string, string[]> {
  return Object.fromEntries([...listing.hours].map(([hour, objects]) => [hour, objects.map(({ key }) => key)]))
}

describe('listDay', () => {
  it('finds the hours of the day, in order, and reports what else is there', async () => {
    const archive = await archiveOf(
      ...HOURS.toReversed().map((hour) => `20150912/${hour}.jsonl.gz`),
      '20150911/00.jsonl.gz',
      '20150912/24.jsonl.gz',
      '20150912/.DS_Store',
      '20150912/05.jsonl.gz.tmp',
      '20150912/old/05.jsonl.gz',
      '20150912.txt',
      'README.md',
    )
    const listing = await listDay(archive, HOURLY, '2015-09-12')
    expect(listing).toMatchObject({ date: '2015-09-12', archiveDay: '20150912', clashes: [] })
    expect([...listing.hours.keys()]).toEqual(HOURS)
    expect(keysByHour(listing)['05']).toEqual(['20150912/05.jsonl.gz'])
    expect(listing.hours.get('05')).toEqual([await archive.head('20150912/05.jsonl.gz')])
    expect(listing.unexpected).toEqual([
      '20150912/.DS_Store',
      '20150912/05.jsonl.gz.tmp',
      '20150912/24.jsonl.gz',
      '20150912/old/05.jsonl.gz',
    ])
  })

  it('takes several objects for an hour where the layout has a star, in key order', async () => {
    const archive = await archiveOf('2015/09/12/05/b.gz', '2015/09/12/05/a', '2015/09/12/05/é', '2015/09/12/07/a.jsonl')
    const listing = await listDay(archive, MANY, '2015-09-12')
    expect(listing.archiveDay).toBe('2015/09/12')
    expect(keysByHour(listing)).toEqual({
      '05': ['2015/09/12/05/a', '2015/09/12/05/b.gz', '2015/09/12/05/é'],
      '07': ['2015/09/12/07/a.jsonl'],
    })
  })

  it('of a day without objects has no hours', async () => {
    const listing = await listDay(await archiveOf('20150911/00.jsonl.gz'), HOURLY, '2015-09-12')
    expect(listing).toEqual({
      date: '2015-09-12',
      archiveDay: '20150912',
      hours: new Map(),
      unexpected: [],
      clashes: [],
    })
  })

  it('keeps days apart where their keys start alike', async () => {
    const layout = parseLayout('{HH}/{yyyy}{MM}{dd}.json')
    const archive = await archiveOf('05/20150912.json', '05/20150913.json', '06/20150912.json', '06/notes')
    const listing = await listDay(archive, layout, '2015-09-12')
    expect(keysByHour(listing)).toEqual({ '05': ['05/20150912.json'], '06': ['06/20150912.json'] })
    expect(listing.unexpected).toEqual(['06/notes'])
  })

  it.each([
    [HOURLY, ['20150912/05.jsonl', '20150912/05.jsonl.gz']],
    [HOURLY, ['20150912/05.json.zst', '20150912/05.ndjson', '20150912/05.ndjson.gz']],
    [MANY, ['2015/09/12/05/a', '2015/09/12/05/a.gz']],
  ])('refuses objects that differ in their ending alone: %#', async (layout, keys) => {
    const archive = await archiveOf(...keys, '20150912/06.jsonl')
    const error = await thrownBy(() => listDay(archive, layout, '2015-09-12'))
    expect(error.code).toBe('source')
    expect(error.message).toContain(`seen: ${keys.join(' and ')}; wanted: one of them`)
  })

  it('of an archive that is not there is an error, not an empty day', async () => {
    const error = await thrownBy(() => listDay(openDirectory(join(root, 'no')), HOURLY, '2015-09-12'))
    expect(error.code).toBe('storage')
  })
})

describe('listDays', () => {
  it('groups the whole archive by day', async () => {
    const archive = await archiveOf(
      '20150913/00.jsonl.gz',
      '20150912/23.jsonl.gz',
      '20150912/00.jsonl',
      '20150912/junk',
      '20150914/05.json',
      '20150914/05.jsonl',
      '20151332/05.jsonl',
      'README.md',
    )
    const days = await listDays(archive, HOURLY)
    expect(days.map((day) => [day.archiveDay, keysByHour(day), day.unexpected, day.clashes])).toEqual([
      ['20150912', { '00': ['20150912/00.jsonl'], '23': ['20150912/23.jsonl.gz'] }, ['20150912/junk'], []],
      ['20150913', { '00': ['20150913/00.jsonl.gz'] }, [], []],
      [
        '20150914',
        { '05': ['20150914/05.json', '20150914/05.jsonl'] },
        [],
        [['20150914/05.json', '20150914/05.jsonl']],
      ],
    ])
    for (const day of days.slice(0, 2)) expect(await listDay(archive, HOURLY, day.date)).toEqual(day)
  })

  it('says the same of each day as listDay, whatever the layout', async () => {
    const layout = parseLayout('logs/{yyyy}-{MM}/day-{dd}/*/{HH}-*.json')
    const archive = await archiveOf(
      'logs/2015-09/day-12/eu/05-a.json',
      'logs/2015-09/day-12/us/05-a.json.gz',
      'logs/2015-09/day-12/us/notes.txt',
      'logs/2015-09/day-13/us/06-.json',
      'logs/2015-09/notes.txt',
      'other/2015-09/day-14/us/06-.json',
    )
    const days = await listDays(archive, layout)
    expect(days.map(({ date }) => date)).toEqual(['2015-09-12', '2015-09-13'])
    for (const day of days) expect(await listDay(archive, layout, day.date)).toEqual(day)
    expect(days[0]?.unexpected).toEqual(['logs/2015-09/day-12/us/notes.txt'])
  })

  it('of an archive without logs is empty; of one that is not there an error', async () => {
    expect(await listDays(await archiveOf('README.md'), HOURLY)).toEqual([])
    expect((await thrownBy(() => listDays(openDirectory(join(root, 'no')), HOURLY))).code).toBe('storage')
  })
})
