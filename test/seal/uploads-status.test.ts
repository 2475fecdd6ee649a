import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { datasetStatus } from '../../lib/catalog/status.ts'
import { dayseal } from '../cli/dayseal.ts'
import { DATE, NOW, ofKind } from './day.ts'
import { allHours, makeUploads, refuse } from './uploaded.ts'

type Place = Awaited<ReturnType<typeof makeUploads>>

let place: Place
beforeEach(async () => {
  place = await makeUploads({ silentHours: ['03'] })
})
afterEach(() => place.remove())

const statusAt = async (now: Date = NOW) => {
  const { days, uploads } = await datasetStatus({ dataset: place.dataset, now })
  return { days: days.map(({ date, state, note }) => [date, state, note]), uploads }
}
const NONE = { inFlight: 0, refused: 0, held: [], unexpected: [], quarantined: { uploads: 0, events: 0 } }

describe('status', () => {
  it('counts uploads in flight, refused and quarantined', async () => {
    expect(await statusAt()).toEqual({ days: [], uploads: NONE })
    await place.partition('a.jsonl', allHours(), { quarantined: 3 })
    await place.partition('b.jsonl', { '05': [{ n: 1 }] }, { quarantined: 4 })
    await place.partition('c.jsonl', { '05': [{ n: 2 }] })
    await place.partition('old.jsonl', { '05': [{ n: 3 }] }, { quarantined: 100 })
    await place.partition('old.jsonl', { '05': [{ n: 4 }] }, { seq: 2 })
    await refuse(place, 'picture.png')
    await place.arrive('new.jsonl', '{}')
    await place.arrive('other.jsonl', '{}')
    await place.arrive('.new.jsonl.swp', '{')
    const unexpected = ['uploads/.new.jsonl.swp']
    const uploads = { inFlight: 2, refused: 1, held: [], unexpected, quarantined: { uploads: 2, events: 7 } }
    expect((await statusAt()).uploads).toEqual(uploads)
  })

  it('shows a day that is over as incomplete, or as waiting while uploads may still come, and says why', async () => {
    const { '03': _, '04': __, ...hours } = allHours()
    await place.partition('a.jsonl', hours)
    expect((await statusAt()).days).toEqual([[DATE, 'incomplete', undefined]])
    await place.partition('b.jsonl', { '04': [{ hour: '04' }] }, { written: NOW })
    const note = expect.stringContaining('uploads may still come until 2025-03-16T01:05:00.000Z')
    expect((await statusAt()).days).toEqual([[DATE, 'waiting', note]])
    const later = new Date(NOW.getTime() + 3_600_000)
    expect((await statusAt(later)).days).toEqual([[DATE, 'unsealed', undefined]])
    await place.arrive('c.jsonl', '{}')
    const inFlight = 'an upload is not partitioned yet: uploads/c.jsonl'
    expect((await statusAt(later)).days).toEqual([[DATE, 'waiting', inFlight]])
  })

  it('shows a day as sealed with silent hours, and as stale when an upload of it is replaced', async () => {
    const { '03': _, ...hours } = allHours()
    await place.partition('a.jsonl', hours)
    await place.partition('b.jsonl', { '05': [{ n: 1 }] })
    ofKind(await place.seal(), 'sealed')
    expect((await statusAt()).days).toEqual([[DATE, 'sealed', undefined]])
    await place.partition('b.jsonl', {}, { seq: 2 })
    expect((await statusAt()).days).toEqual([[DATE, 'stale', 'replaced: 05']])
    ofKind(await place.seal({ allowRemoval: true }), 'sealed')
    expect((await statusAt()).days).toEqual([[DATE, 'sealed', undefined]])
  })
})

describe('dayseal', () => {
  it('says of uploads what keeps a day from being sealed, with exit code 3, and how many there are', async () => {
    await place.partition('a.jsonl', allHours(), { quarantined: 2 })
    await place.arrive('b\n.jsonl', '{}')
    await place.arrive('.a.swp', '{}')
    const { archive, out, uploads } = place.dataset
    const config = join(place.location, '..', 'dayseal.config.ts')
    await writeFile(config, `export default ${JSON.stringify({ datasets: { logs: { archive, out, uploads } } })}`)
    const flags = ['--config', config]
    const status = await dayseal(['status', ...flags])
    expect(status.stdout).toContain(
      'uploads: 1 in flight, 0 refused, 0 held, 2 events quarantined of 1 upload; ignored: uploads/.a.swp\n',
    )
    const json = JSON.parse((await dayseal(['status', ...flags, '--json'])).stdout)
    expect(json.datasets[0].uploads).toEqual({
      in_flight: 1,
      refused: 0,
      held: [],
      unexpected_keys: ['uploads/.a.swp'],
      quarantined_uploads: 1,
      quarantined_events: 2,
    })
    const seal = await dayseal(['seal', ...flags, '--date', DATE, '--json'])
    expect([seal.code, seal.stderr]).toEqual([
      3,
      expect.stringMatching(
        /not sealed \(uploads guard\): an upload is not partitioned yet: uploads\/b\\u\{a\}.jsonl; run `dayseal partition`, or/,
      ),
    ])
    const refused = { rule: 'in-flight', in_flight: 1, first: 'uploads/b\n.jsonl' }
    expect(JSON.parse(seal.stdout).days[0]).toMatchObject({ outcome: 'refused', guard: 'uploads', uploads: refused })
  })
})
