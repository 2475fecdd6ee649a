import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLayout, stemOf } from '../../lib/archive/layout.ts'
import { thrownBy } from '../thrown.ts'

const DEFAULT = '{yyyy}{MM}{dd}/{HH}.jsonl.gz'
const FIREHOSE = '{yyyy}/{MM}/{dd}/{HH}/*'
const HIVE = 'logs/dt={yyyy}-{MM}-{dd}/hour={HH}/*.json'
const BALANCER = 'eu/{yyyy}/{MM}/{dd}/*_{yyyy}{MM}{dd}T{HH}*'

const day = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const hour = fc.integer({ min: 0, max: 23 }).map((h) => String(h).padStart(2, '0'))

describe('parseLayout', () => {
  it.each([
    ['{yyyy}{MM}{dd}.jsonl', 'seen: no {HH}'],
    ['logs/*.jsonl', 'seen: no {yyyy} {MM} {dd} {HH}'],
    ['{yyyy}{MM}{dd}/{hh}.jsonl', 'seen: {hh}; wanted: one of {yyyy} {MM} {dd} {HH}'],
    ['{yyyy}{MM}{dd}/{HH}/{}.jsonl', 'seen: {}'],
    ['{yyyy}{MM}{dd}/{HH.jsonl', 'seen: {'],
    ['{yyyy}{MM}{dd}/{constructor}{HH}.jsonl', 'seen: {constructor}'],
    ['{yyyy}{MM}{dd}/{HH}/**', 'seen: **; wanted: a single `*`'],
    ['/{yyyy}{MM}{dd}/{HH}.jsonl', 'seen: ""; wanted: a name between the slashes'],
    ['{yyyy}{MM}{dd}//{HH}.jsonl', 'seen: ""'],
    ['{yyyy}{MM}{dd}/{HH}/', 'seen: ""'],
    ['../{yyyy}{MM}{dd}/{HH}.jsonl', 'seen: ".."'],
    ['', 'seen: no {yyyy}'],
  ])('refuses %j', async (template, message) => {
    const error = await thrownBy(() => parseLayout(template))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(`the layout ${JSON.stringify(template)} cannot be used`)
    expect(error.message).toContain(message)
  })

  it.each([
    [DEFAULT, false, '', '20150912/', '20150912'],
    [FIREHOSE, true, '', '2015/09/12/', '2015/09/12'],
    [HIVE, true, 'logs/dt=', 'logs/dt=2015-09-12/hour=', '2015-09-12'],
    [BALANCER, true, 'eu/', 'eu/2015/09/12/', '2015/09/12'],
    ['{yyyy}-{MM}-{dd}-{HH}.log', false, '', '2015-09-12-', '2015-09-12'],
    ['{HH}/{yyyy}{MM}{dd}.json', false, '', '', '20150912'],
    ['{yyyy}/*/{MM}{dd}{HH}', true, '', '2015/', '2015/*/0912'],
    ['{dd}/{HH}/{yyyy}{MM}{dd}.json', false, '', '12/', '20150912'],
  ])('knows of %s what a day is', (template, multiple, prefix, dayPrefix, archiveDay) => {
    const layout = parseLayout(template)
    expect(layout).toMatchObject({ template, multiple, prefix })
    expect(layout.dayPrefix('2015-09-12')).toBe(dayPrefix)
    expect(layout.archiveDay('2015-09-12')).toBe(archiveDay)
  })
})

describe('match', () => {
  const at = (hour: string) => ({ date: '2015-09-12', hour })

  it.each([
    [DEFAULT, '20150912/00.jsonl.gz', at('00')],
    [DEFAULT, '20150912/23.jsonl', at('23')],
    [DEFAULT, '20150912/05.json.zst', at('05')],
    [DEFAULT, '20150912/05.ndjson', at('05')],
    [FIREHOSE, '2015/09/12/05/app-1-2015-09-12-05-00-00-8f0c', at('05')],
    [FIREHOSE, '2015/09/12/05/my.app-1-2015-09-12-05-00-00-8f0c', at('05')],
    [FIREHOSE, '2015/09/12/05/app-1-2015-09-12-05-00-00-8f0c.gz', at('05')],
    [FIREHOSE, '2015/09/12/05/app.jsonl.zst', at('05')],
    [HIVE, 'logs/dt=2015-09-12/hour=05/a b ü.ndjson.gz', at('05')],
    [HIVE, 'logs/dt=2015-09-12/hour=05/.json', undefined],
    [BALANCER, 'eu/2015/09/12/1_20150912T0555Z_x.log', undefined],
    ['eu/{yyyy}/{MM}/{dd}/*_{yyyy}{MM}{dd}T{HH}*.log', 'eu/2015/09/12/1_20150912T0555Z_x.log', at('05')],
    ['{yyyy}{MM}{dd}/{HH}*.jsonl', '20150912/05.jsonl.gz', at('05')],
    ['{yyyy}{MM}{dd}/{HH}*.jsonl', '20150912/05-2.jsonl.gz', at('05')],
    ['{yyyy}{MM}{dd}/{HH}.log', '20150912/05.log', at('05')],
    ['{yyyy}{MM}{dd}/{HH}.log', '20150912/05.log.gz', undefined],
    // Repeated tokens must agree.
    [BALANCER, 'eu/2015/09/12/1_20150913T0555Z_x', undefined],
    // Neither a day nor an hour of the calendar.
    [DEFAULT, '20150912/24.jsonl.gz', undefined],
    [DEFAULT, '20150931/05.jsonl.gz', undefined],
    [DEFAULT, '20151312/05.jsonl.gz', undefined],
    // Near misses.
    [DEFAULT, '20150912/5.jsonl.gz', undefined],
    [DEFAULT, '20150912/05.jsonl.gz.tmp', undefined],
    [DEFAULT, '20150912/05.jsonl.bz2', undefined],
    [DEFAULT, '20150912/05.JSONL', undefined],
    [DEFAULT, '20150912/05', undefined],
    [DEFAULT, '20150912/05.gz', undefined],
    [DEFAULT, 'x20150912/05.jsonl.gz', undefined],
    [DEFAULT, '20150912/٠٥.jsonl.gz', undefined],
    [FIREHOSE, '2015/09/12/05/', undefined],
    [FIREHOSE, '2015/09/12/05', undefined],
    [FIREHOSE, '2015/09/12/05/more/app', undefined],
    [FIREHOSE, '2015/09/12/05/.DS_Store', undefined],
    [FIREHOSE, '2015/09/12/05/app.parquet', undefined],
    [FIREHOSE, '2015/09/12/05/app.tmp', undefined],
  ])('%s reads %s', (template, key, hour) => {
    expect(parseLayout(template).match(key)).toEqual(hour)
  })

  it('gives no answer where a star leaves several, and the one where they agree', () => {
    const layout = parseLayout('{yyyy}{MM}{dd}/*-{HH}-*.json')
    expect(layout.match('20150912/a-05-b.json')).toEqual(at('05'))
    expect(layout.match('20150912/a-05-07-b.json')).toBeUndefined()
    expect(layout.match('20150912/a-05-07-05-b.json')).toBeUndefined()
    expect(layout.match('20150912/a-05-77-b.json')).toEqual(at('05'))
    expect(layout.match('20150912/a-05-05-b.json')).toEqual(at('05'))
  })

  it('stays fast on a key that many stars could cover in many ways', () => {
    const layout = parseLayout('{yyyy}{MM}{dd}/{HH}-*a*a*a*a*a*a*a*b')
    expect(layout.match(`20150912/05-${'a'.repeat(500)}`)).toBeUndefined()
  })

  it('reads back every day and hour that a key is made of, under the day prefix', () => {
    const made = fc.record({ day, hour, ending: fc.constantFrom('.jsonl', '.ndjson.gz', '.json.zst', '.jsonl.gz') })
    fc.assert(
      fc.property(
        made,
        fc.constantFrom(DEFAULT, HIVE, '{HH}/x-{dd}{MM}{yyyy}-{HH}.jsonl'),
        ({ day, hour, ending }, template) => {
          const [yyyy = '', MM = '', dd = ''] = day.split('-')
          const key = template
            .replace('{yyyy}', yyyy)
            .replace('{MM}', MM)
            .replace('{dd}', dd)
            .replaceAll('{HH}', hour)
            .replace('*', 'part-0')
            .replace(/\.jsonl?(\.gz)?$/, ending)
          const layout = parseLayout(template)
          expect(layout.match(key)).toEqual({ date: day, hour })
          expect(key.startsWith(layout.dayPrefix(day))).toBe(true)
        },
      ),
    )
  })

  it('never throws, and only names what it can read, whatever the key', () => {
    const noise = fc.string({
      unit: fc.constantFrom('0', '1', '2', '/', '.', '-', 'T', '.jsonl', '20150912/'),
      maxLength: 12,
    })
    fc.assert(
      fc.property(noise, fc.constantFrom(DEFAULT, FIREHOSE, HIVE), (key, template) => {
        const named = parseLayout(template).match(key)
        return named === undefined || key.startsWith(parseLayout(template).dayPrefix(named.date))
      }),
    )
  })
})

describe('stemOf', () => {
  it('takes off one known ending, the longest', () => {
    expect(['a.jsonl.gz', 'a.json', 'a.ndjson.zst', 'a.gz', 'a'].map(stemOf)).toEqual(['a', 'a', 'a', 'a', 'a'])
    expect(stemOf('a.log.gz')).toBe('a.log')
    expect(stemOf('a.jsonl.jsonl')).toBe('a.jsonl')
  })
})

describe('keyOf', () => {
  it.each([
    ['{yyyy}{MM}{dd}/{HH}/*.jsonl.gz', '20150912/07/name.jsonl.gz'],
    ['logs/dt={yyyy}-{MM}-{dd}/hour={HH}/*.json', 'logs/dt=2015-09-12/hour=07/name.json'],
    ['{yyyy}/{MM}/{dd}/{HH}/*', '2015/09/12/07/name'],
    ['{dd}{HH}/*-{yyyy}{MM}{dd}{HH}.jsonl', '1207/name-2015091207.jsonl'],
  ])('writes %s as %s, which is that hour', (template, key) => {
    const layout = parseLayout(template)
    expect(layout.keyOf('2015-09-12', '07', 'name')).toBe(key)
    expect(layout.match(key)).toEqual({ date: '2015-09-12', hour: '07' })
  })

  it.each([DEFAULT, BALANCER])('refuses %s, which has no one place for a name', (template) => {
    expect(() => parseLayout(template).keyOf('2015-09-12', '07', 'name')).toThrow('wanted: one * to stand for a name')
  })
})
