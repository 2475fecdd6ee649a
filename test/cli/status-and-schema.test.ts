import { readFile, rm, writeFile } from 'node:fs/promises'
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
      ['2025-03-16', 'open'],
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
