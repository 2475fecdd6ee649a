import { readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { dayseal, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

describe('status', () => {
  test('shows every day between the first and the last, each in its state', async () => {
    const { archive, out, flags } = await place()
    await writeHours(archive, { date: '2025-03-10', hours: HOURS.slice(2) })
    await dayseal(['seal', ...flags, '--date', '2025-03-10', '--min-hours', '20'])
    await writeHours(archive, { date: '2025-03-11' })
    await writeHours(archive, { date: '2025-03-12' })
    await writeHours(archive, { date: '2025-03-13' })
    await dayseal(['seal', ...flags, '--from', '2025-03-11', '--to', '2025-03-13'])
    await writeHours(archive, { date: '2025-03-12', hours: ['04'], lines: { '04': ['{"n":5}'] } })
    await writeFile(join(out, 'history', '2025-03-13', 'manifest.g0001.json'), '{}')
    await writeHours(archive, { date: '2025-03-15' })
    await writeHours(archive, { date: '2025-03-16', hours: ['00'] })

    const { code, stdout } = await dayseal(['status', ...flags, '--json'])
    const { datasets } = JSON.parse(stdout)
    const days: { date_utc: string; state: string; note: string | null }[] = datasets[0].days
    expect(days.map((day) => [day.date_utc, day.state])).toEqual([
      ['2025-03-10', 'partial'],
      ['2025-03-11', 'sealed'],
      ['2025-03-12', 'stale'],
      ['2025-03-13', 'damaged'],
      ['2025-03-14', 'missing'],
      ['2025-03-15', 'unsealed'],
      ['2025-03-16', 'incomplete'],
    ])
    expect(days.map((day) => day.note)).toEqual([
      null,
      null,
      'changed? 04',
      expect.stringContaining('cannot be used'),
      null,
      null,
      null,
    ])
    expect(code).toBe(1)

    const text = await dayseal(['status', ...flags, '--from', '2025-03-11', '--to', '2025-03-12'])
    expect(text.code).toBe(0)
    expect(text.stdout).toMatch(/2025-03-11 {2}Tue {2}sealed +1 {2}24\/24 +48 /)
    expect(text.stdout).toContain('2 days: 1 sealed, 1 stale')
    expect(text.stdout).not.toContain('2025-03-10')
  })

  test('a day that was sealed once stays listed when its files are gone', async () => {
    const { archive, flags } = await place()
    await writeHours(archive)
    await dayseal(['seal', ...flags, '--date', DATE])
    await rm(join(archive, '20250314'), { recursive: true })
    const { stdout } = await dayseal(['status', ...flags])
    expect(stdout).toMatch(/2025-03-14 {2}Fri {2}sealed/)
  })

  test('of an empty archive says so; of a missing one it is 5', async () => {
    const { archive, flags } = await place()
    const missing = await dayseal(['status', ...flags])
    expect(missing).toMatchObject({ code: 5, stdout: '' })
    await writeHours(archive)
    await rm(join(archive, '20250314'), { recursive: true })
    expect((await dayseal(['status', ...flags])).stdout).toContain('no days')
  })

  test('names the hours that are missing, in text and JSON', async () => {
    const { archive, flags } = await place()
    const hours = HOURS.filter((hour) => !['05', '07', '08', '09'].includes(hour))
    await writeHours(archive, { hours })
    const missing_hours = ['05', '07', '08', '09']
    const days = async () => JSON.parse((await dayseal(['status', ...flags, '--json'])).stdout).datasets[0].days
    expect(await days()).toMatchObject([{ state: 'incomplete', generation: null, hours_found: 20, missing_hours }])
    expect((await dayseal(['status', ...flags])).stdout).toMatch(/incomplete +20\/24 +missing 05, 07–09\n/)
    await dayseal(['seal', ...flags, '--date', DATE, '--min-hours', '20'])
    expect(await days()).toMatchObject([{ state: 'partial', generation: 1, hours_found: 20, missing_hours }])
    expect((await dayseal(['status', ...flags])).stdout).toMatch(/partial +1 +20\/24 .* missing 05, 07–09\n/)
  })

  test('--fail-on is 3 for a day in one of the states, and names it', async () => {
    const { archive, flags } = await place()
    await writeHours(archive, { date: '2025-03-14' })
    await writeHours(archive, { date: '2025-03-15', hours: HOURS.slice(1) })
    await writeHours(archive, { date: '2025-03-17' })
    await dayseal(['seal', ...flags, '--from', '2025-03-14', '--to', '2025-03-17'])
    const failing = (...args: readonly string[]) => dayseal(['status', ...flags, '--fail-on', ...args])
    const all = await failing('missing,stale,partial')
    expect(all.code).toBe(3)
    expect(all.stderr).toBe(
      'dayseal: default: fails on 2 days: 2025-03-15 incomplete, missing 00; 2025-03-16 missing, missing 00–23\n',
    )
    expect(all.stdout).toContain('4 days: 2 sealed, 1 incomplete, 1 missing')
    expect(await failing('stale,partial')).toMatchObject({ code: 0, stderr: '' })
    expect(await failing('missing', '--date', '2025-03-14')).toMatchObject({ code: 0 })
    expect(await failing('missing', '--from', '2025-03-17', '--to', '2025-03-18')).toMatchObject({ code: 3 })
    expect(await failing('incomplete', '--to', '2025-03-14')).toMatchObject({ code: 0 })
    const json = await failing('incomplete', '--json')
    expect(json.code).toBe(3)
    expect(JSON.parse(json.stdout)).toMatchObject({ command: 'status', exit_code: 3 })
  })

  test('--fail-on refuses a state that is none, and says which was meant', async () => {
    const { archive, flags } = await place()
    await writeHours(archive)
    for (const [wrong, hint] of [
      ['stael', 'did you mean stale?'],
      ['missing,', 'wanted: sealed, partial, stale, damaged, unsealed, waiting, incomplete, missing, open'],
      ['Stale', 'did you mean stale?'],
    ] as const) {
      const { code, stdout, stderr } = await dayseal(['status', ...flags, '--fail-on', wrong])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(hint)
    }
  })

  test('a day whose files are restored or touched is stale until a seal has found them the same', async () => {
    const { archive, flags } = await place()
    const stateNow = async () => {
      const { stdout } = await dayseal(['status', ...flags, '--json'])
      return JSON.parse(stdout).datasets[0].days.map((day: { state: string }) => day.state)
    }
    for (const hours of [HOURS, HOURS.slice(4)]) {
      await rm(archive, { recursive: true, force: true })
      const date = hours.length === 24 ? '2025-03-14' : '2025-03-15'
      await writeHours(archive, { date, hours })
      await dayseal(['seal', ...flags, '--date', date, '--min-hours', String(hours.length)])
      const state = hours.length === 24 ? 'sealed' : 'partial'
      const before = new Date('2025-03-16T00:00:00Z')
      for (const hour of hours)
        await utimes(join(archive, date.replaceAll('-', ''), `${hour}.jsonl.gz`), before, before)
      expect((await stateNow()).at(-1)).toBe('stale')
      // Also of a partial day, without what overrode the guard.
      expect(await dayseal(['seal', ...flags, '--date', date])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('already sealed'),
      })
      expect((await stateNow()).at(-1)).toBe(state)
    }
    const file = join(archive, '20250315', '09.jsonl.gz')
    const bytes = await readFile(file)
    bytes[9]! ^= 1
    await writeFile(file, bytes)
    expect((await stateNow()).at(-1)).toBe('stale')
  })

  test('is coloured only when that is asked for', async () => {
    const { archive, flags } = await place()
    await writeHours(archive)
    const csi = String.fromCharCode(27)
    expect((await dayseal(['status', ...flags])).stdout).not.toContain(csi)
    expect((await dayseal(['status', ...flags], { env: { FORCE_COLOR: '1' } })).stdout).toContain(`${csi}[36munsealed`)
    expect((await dayseal(['status', ...flags], { env: { NO_COLOR: '1' } })).stdout).not.toContain(csi)
  })
})

describe('schema', () => {
  test('prints the columns of a sealed day, their types and shares of nulls, and what has none', async () => {
    const { archive, out, flags } = await place()
    await writeHours(archive, { lines: { '05': ['{"late":[{"x":1.5}]}', '{"late":[]}'] } })
    await dayseal(['seal', ...flags, '--date', DATE])
    const { code, stdout } = await dayseal(['schema', '--out', out, '--date', DATE, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).days[0]).toMatchObject({
      generation: 1,
      rows: 50,
      columns: [
        { path: 'ts', type: 'string', null_share: 2 / 50 },
        { path: 'n', type: 'int64', null_share: 2 / 50 },
        { path: 'meta', type: 'struct', null_share: null },
        { path: 'meta.host', type: 'string', null_share: 2 / 50 },
        { path: 'late', type: 'list', null_share: null },
        { path: 'late[]', type: 'struct', null_share: null },
        { path: 'late[].x', type: 'double', null_share: 49 / 50 },
      ],
      dropped_columns: [{ path: 'empty', reason: 'empty', saw: ['{}'] }],
    })
    const text = await dayseal(['schema', '--out', out, '--date', DATE])
    expect(text.stdout).toMatch(/late\[\]\.x +double +98\.0 %/)
    expect(text.stdout).toContain('without a column: empty (only {} all day)')
  })

  test('of a day that is not sealed is 2', async () => {
    const { archive, out, flags } = await place()
    await writeHours(archive)
    await dayseal(['seal', ...flags, '--date', DATE])
    const { code, stderr } = await dayseal(['schema', '--out', out, '--date', '2025-03-13'])
    expect(code).toBe(2)
    expect(stderr).toContain('2025-03-13 is not sealed')
  })

  test('--reset forgets a path, and refuses one that was not learnt', async () => {
    const { archive, out, flags } = await place()
    await writeHours(archive)
    await dayseal(['seal', ...flags, '--date', DATE])
    const learnt = async () => JSON.parse(await readFile(join(out, 'schema.json'), 'utf8'))
    const before = await learnt()
    expect(await dayseal(['schema', '--out', out, '--reset', 'nothing'])).toMatchObject({ code: 2 })
    expect(await learnt()).toEqual(before)
    const { code, stdout } = await dayseal(['schema', '--out', out, '--reset', 'meta.host', '--reset', 'n'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('forgotten: meta.host, n') })
    const names = (await learnt()).schema.map((field: { name: string }) => field.name)
    expect(names).toEqual(['ts'])
  })
})

async function place() {
  const folder = await temporaryFolder()
  const [archive, out] = [join(folder, 'archive'), join(folder, 'sealed')]
  return { archive, out, flags: ['--archive', archive, '--out', out] }
}
