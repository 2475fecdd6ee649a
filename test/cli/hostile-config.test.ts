import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayseal, start, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

/** Tells the test that the code runs. */
const SAY = "process.stderr.write('running\\n');"

/** The signal that ended the command, sent once its code was running; its exit code where it ended by itself. */
async function endAfter(signal: NodeJS.Signals, args: readonly string[], cwd: string) {
  const child = start(args, { cwd })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!stderr.includes('running') && `${stderr}${text}`.includes('running')) child.kill(signal)
    stderr += text
  })
  const [code, endedBy] = await once(child, 'close')
  return { code, endedBy, stderr }
}

describe('a configuration that hangs ends at the first signal', () => {
  test.each([
    ['in a loop', `${SAY} while (true) {}`],
    ['in a loop of a getter', `export default { get datasets() { ${SAY} while (true) {} } }`],
    ['waiting, with something to keep the process', `${SAY} setInterval(() => {}, 1000); await new Promise(() => {})`],
    [
      'reading what never ends',
      `import net from 'node:net'; net.createServer().listen(0); ${SAY} await new Promise(() => {})`,
    ],
  ])('%s', async (_, code) => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'dayseal.config.mjs'), code)
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      expect(await endAfter(signal, ['status'], cwd)).toMatchObject({ code: null, endedBy: signal })
  })
})

describe('what else a configuration may do is an error that names it', () => {
  test.each([
    ['it waits for what never comes', 'await new Promise(() => {})', 'it waits for something that never comes'],
    ['it has a `then` of its own', 'export function then() {}', 'it waits for something that never comes'],
    ['it ends the process', 'process.exit(0)', 'it calls process.exit(0) (line 1)'],
    [
      'it ends the process and catches that',
      'try { process.exit() } catch {}; export default {}',
      'it calls process.exit()',
    ],
    ['it ends the process later', 'setTimeout(() => process.exit(0)); await new Promise(() => {})', 'process.exit(0)'],
    ['it throws later', "setTimeout(() => { throw new Error('later') }); await new Promise(() => {})", 'Error: later'],
    [
      'nobody handles its rejection',
      "Promise.reject(new Error('loose')); export default { datasets: { d: { archive: { location: 'a' }, out: 'b' } } }",
      'Error: loose',
    ],
    ['it throws null', 'throw null', 'seen: null'],
    ['it throws a symbol', "throw Symbol('s')", 'seen: Symbol(s)'],
    ['it throws what is no text', 'throw Object.create(null)', 'seen: something that cannot be shown'],
    [
      'its error has no message',
      "throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })",
      'cannot be shown',
    ],
    ['a getter throws', "export default { get datasets() { throw new Error('got') } }", 'Error: got (line 1)'],
    ['a getter ends the process', 'export default { get datasets() { process.exit(0) } }', 'process.exit(0)'],
    ['a proxy throws', "export default new Proxy({}, { get() { throw new Error('trap') } })", 'Error: trap'],
    [
      'it is a revoked proxy',
      'const p = Proxy.revocable({}, {}); p.revoke(); export default p.proxy',
      'proxy that has been revoked',
    ],
    ['it is a thenable', 'export default { then() {} }', 'datasets: seen nothing, wanted an object'],
    ['it is a function', 'export default () => ({ datasets: {} })', 'seen a function, wanted an object'],
    ['it leaves something running', "setInterval(() => {}, 1000); throw new Error('left')", 'Error: left'],
  ])('%s', async (_, code, said) => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'dayseal.config.mjs'), code)
    const { code: exitCode, stdout, stderr } = await dayseal(['status', '--json'], { cwd })
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining(join(cwd, 'dayseal.config.mjs')),
    })
    expect(stderr).toContain(said)
    expect(stderr).not.toContain('bug')
    expect(JSON.parse(stdout)).toMatchObject({ exit_code: 2, error: { code: 'usage' } })
  })

  test.each([
    ['process.exit(0)', 'process.exit was called by something that the configuration has left running'],
    ["throw new Error('later\\x1b[1m')", 'later\\u{1b}[1m'],
    ["Promise.reject(new Error('later'))", 'later'],
  ])('what it leaves running cannot end the command as if it were done: %s', async (code, message) => {
    const cwd = await temporaryFolder()
    await writeHours(join(cwd, 'logs'))
    const left = `setInterval(() => { ${code} }, 1)`
    const dataset = "{ archive: { location: './logs' }, out: './sealed' }"
    await writeFile(join(cwd, 'dayseal.config.mjs'), `${left}; export default { datasets: { app: ${dataset} } }`)
    const run = await dayseal(['seal', '--date', DATE], { cwd })
    expect(run.code).toBe(70)
    expect(run.stderr).toContain(`dayseal: outside of the command: ${message}`)
    expect(run.stderr).not.toContain('\x1b')
  })

  test('what it leaves running does not keep the command', async () => {
    const cwd = await temporaryFolder()
    const dataset = '{ archive: { location: "logs" }, out: "sealed" }'
    await writeFile(
      join(cwd, 'dayseal.config.mjs'),
      `setInterval(() => {}, 1000); export default { datasets: { d: ${dataset} } }`,
    )
    await writeHours(join(cwd, 'logs'))
    expect(await dayseal(['status'], { cwd })).toMatchObject({ code: 0, stdout: expect.stringContaining(DATE) })
  })
})

describe('functions of an export', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'dayseal-functions-'))
    await writeHours(join(cwd, 'logs'))
    await dayseal(['seal', '--archive', 'logs', '--out', 'sealed', '--dataset', 'd', '--date', DATE], { cwd })
  })

  afterAll(() => rm(cwd, { recursive: true, force: true }))

  async function configured(functions: string): Promise<void> {
    const exported = `{ name: 'e', formats: [{ format: 'ndjson' }], ${functions} }`
    const dataset = `{ archive: { location: 'logs' }, out: 'sealed', exports: [${exported}] }`
    await writeFile(join(cwd, 'dayseal.config.mjs'), `export default { datasets: { d: ${dataset} } }`)
  }
  const args = ['export', 'e', '--date', DATE]

  test.each([
    [
      'ends the process',
      'transform: () => process.exit(0)',
      'transform threw for row 1 of 2025-03-14; seen: it calls process.exit(0)',
    ],
    ['throws null', 'compute: { x: () => { throw null } }', 'compute.x threw for row 1 of 2025-03-14; seen: null'],
    [
      'gives a getter that throws',
      "transform: () => ({ get x() { throw new Error('got') } })",
      'transform threw for row 1 of 2025-03-14; seen: got',
    ],
    [
      'gives a proxy that throws',
      'transform: () => new Proxy({}, { getPrototypeOf() { throw 7 } })',
      'transform threw for row 1 of 2025-03-14; seen: 7',
    ],
    [
      'hangs',
      'transform: (row) => { while (row.n > 0) {} return row }',
      'transform did not come to an end for row 2 of 2025-03-14',
    ],
    [
      'hangs in a getter',
      'compute: { a: () => ({ get x() { for (;;) {} } }), b: () => 1 }',
      'compute.a or compute.b did not come to an end for row 1',
    ],
  ])('one that %s is an error', async (_, functions, said) => {
    await configured(functions)
    const { code, stderr } = await dayseal(args, { cwd })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) })
  })

  test('one that hangs ends after the first signal', async () => {
    await configured(`transform: () => { ${SAY} while (true) {} }`)
    expect(await endAfter('SIGTERM', args, cwd)).toMatchObject({ code: 143 })
  })
})
