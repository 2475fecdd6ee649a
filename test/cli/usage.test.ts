import { describe, expect, test } from 'vitest'
import { VERSION } from '../../lib/version.ts'
import { dayseal, temporaryFolder } from './dayseal.ts'

describe('help', () => {
  test('names every command, the examples and the exit codes, on stdout', async () => {
    const { code, stdout, stderr } = await dayseal(['--help'])
    expect(code).toBe(0)
    for (const word of ['seal', 'verify', 'status', 'schema', 'Examples:', 'Exit codes:'])
      expect(stdout).toContain(word)
    expect(stderr).toBe('')
  })

  test.each(['seal', 'verify', 'status', 'schema'])('of %s has the common options', async (command) => {
    const { code, stdout } = await dayseal([command, '--help'])
    expect(code).toBe(0)
    for (const option of ['archive', 'out', 'layout', 'dataset', 'config', 'date', 'from', 'to', 'json', 'verbose']) {
      expect(stdout).toContain(`--${option} `)
    }
    expect((await dayseal(['help', command])).stdout).toBe(stdout)
  })

  test('is what a call without a command gets, on stderr', async () => {
    const { code, stdout, stderr } = await dayseal([])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: dayseal')
    expect(stderr).toMatch(/dayseal: no command was given\n$/)
  })
})

test('--version prints the version alone', async () => {
  expect(await dayseal(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
})

describe('mistakes end with 2, say what was seen and change nothing', () => {
  const given = ['--archive', 'a', '--out', 'b']

  test.each([
    [['sael'], "unknown command 'sael'; did you mean seal?"],
    [['seal', ...given, '--dat', DATE], "unknown option '--dat'; did you mean --date?"],
    [['seal', ...given, '--date'], "option '--date <D>' argument missing"],
    [['seal', ...given, '--date', '2015-13-01'], '--date is no day; seen: "2015-13-01"; wanted: a day of the calendar'],
    [['seal', ...given, '--from', '2025-03-02', '--to', '2025-03-01'], '--from is after --to'],
    [['seal', ...given, '--date', DATE, '--from', DATE], '--date and --from or --to are given'],
    [['seal', ...given, '--archive', 'c'], '--archive is given twice; seen: a and c; wanted: it once'],
    [['seal', ...given, '--workers', '0'], '--workers is wrong; seen: 0; wanted: a whole number from 1 to 256'],
    [['seal', ...given, '--min-hours', '25'], '--min-hours is wrong; seen: 25; wanted: a whole number from 1 to 24'],
    [['seal', ...given, '--max-quarantine', '101%'], '--max-quarantine is wrong; seen: 101%'],
    [['seal', ...given, '--upload', './b/'], '--upload and --out are one place'],
    [['seal', ...given, '--upload', 'ftp://c'], 'the location cannot be opened; seen: "ftp://c"'],
    [['seal', ...given, '--upload', 'c', '--dry-run'], '--upload and --dry-run are given'],
    [['verify', ...given, '--sample', '1e3'], '--sample is wrong; seen: 1e3'],
    [['status', 'extra', ...given], "too many arguments for 'status'"],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await dayseal(args, { cwd: await temporaryFolder() })
    expect(stderr).toContain(`dayseal: ${message}`)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('without a stack trace, unless it is asked for', async () => {
    const args = ['seal', ...given, '--date', 'soon']
    expect((await dayseal(args)).stderr).not.toContain('    at ')
    expect((await dayseal([...args, '--verbose'])).stderr).toContain('    at ')
  })

  test('with --json, stdout has the error as one object', async () => {
    const { code, stdout, stderr } = await dayseal(['seal', ...given, '--json', '--date', 'soon'])
    expect(JSON.parse(stdout)).toEqual({
      exit_code: 2,
      error: { code: 'usage', message: expect.stringContaining('--date is no day') },
    })
    expect(code).toBe(2)
    expect(stderr).toContain('--date is no day')
  })
})

const DATE = '2025-03-14'
