import validate from 'asl-validator'
import { describe, expect, test } from 'vitest'
import { backfill } from '../../infra/state-machines/backfill.ts'
import { sealDay } from '../../infra/state-machines/seal-day.ts'
import { EXECUTION_ID, runDefinition, type Stub, withArns } from './run-definition.ts'

const seconds = { Plan: 60, Convert: 300, Seal: 900, Verify: 900, Conclude: 60 }
const SEAL_DAY = sealDay({ convertConcurrency: 4, seconds })
const BACKFILL = backfill({ backfillConcurrency: 3, seconds })

const DAY = { dataset: 'app', date: '2026-11-21' }
const SCHEDULED = { dataset: 'app', scheduledTime: '2026-11-22T00:05:00Z' }
const READY = {
  ...DAY,
  kind: 'ready',
  hours_to_convert: ['03', '04'],
  missing: [],
  found: 24,
  wanted: 24,
  deadline: '2026-11-22T06:00:00Z',
  past_deadline: false,
  wait_seconds: 0,
}
const INCOMPLETE = { ...READY, kind: 'incomplete', hours_to_convert: [], missing: ['05'], found: 23, wait_seconds: 300 }
const SEALED = { kind: 'sealed', generation: 1, row_count: 10, manifest_key: 'history/x', manifest_sha256: 'abc' }
const PASSED = { result: 'passed', failed_checks: [] }

describe('the definitions', () => {
  test.each([
    ['SealDay', SEAL_DAY],
    ['Backfill', BACKFILL],
  ])('%s is valid, with every path', (_, definition) => {
    const { isValid, errors } = validate(JSON.parse(withArns(definition)), { checkPaths: true, checkArn: true })
    expect(errors).toEqual([])
    expect(isValid).toBe(true)
  })

  test('the validator refuses a state that nobody leads to', () => {
    const broken = { ...SEAL_DAY, States: { ...SEAL_DAY.States, Lost: { Type: 'Pass', Next: 'Nowhere' } } }
    expect(validate(JSON.parse(withArns(broken)), {}).isValid).toBe(false)
  })

  test('every call retries what is transient, and nothing that stays wrong', () => {
    const tasks = Object.values(SEAL_DAY.States).filter(({ Type }) => Type === 'Task')
    expect(tasks).toHaveLength(6)
    for (const { Retry } of tasks) {
      const names = (Retry as { ErrorEquals: string[] }[]).flatMap(({ ErrorEquals }) => ErrorEquals)
      expect(names).toEqual(expect.arrayContaining(['Lambda.TooManyRequestsException', 'Dayseal.storage']))
      for (const lasting of ['States.ALL', 'States.TaskFailed', 'Dayseal.source', 'Dayseal.usage', 'Dayseal.guard']) {
        expect(names).not.toContain(lasting)
      }
    }
  })
})

describe('SealDay', () => {
  test('plans the scheduled day, converts its hours, seals, verifies and concludes', async () => {
    const { calls, end } = await run(SCHEDULED, {})
    expect(end).toMatchObject({ output: { seal: SEALED, verdict: PASSED } })
    const execution = { id: EXECUTION_ID, started: expect.stringMatching(/^\d{4}-.*Z$/) }
    expect(calls).toEqual([
      ['Plan', { request: SCHEDULED }],
      ['ConvertHour', { ...DAY, hour: '03' }],
      ['ConvertHour', { ...DAY, hour: '04' }],
      ['Seal', { ...DAY, minHours: 24, owner: EXECUTION_ID }],
      ['Verify', DAY],
      ['ConcludeSealed', { outcome: 'sealed', request: SCHEDULED, execution, seal: SEALED, verdict: PASSED }],
    ])
  })

  test('goes the same way for a day that is sealed already, and converts nothing', async () => {
    const plan = { ...READY, kind: 'sealed', hours_to_convert: [] }
    const already = { ...SEALED, kind: 'already-sealed' }
    const { calls } = await run(DAY, { Plan: () => plan, Seal: () => already })
    expect(names(calls)).toEqual(['Plan', 'Seal', 'Verify', 'ConcludeSealed'])
    expect(calls.at(-1)![1]).toMatchObject({ seal: already })
  })

  test('waits for a missing hour, and seals when it has come', async () => {
    const plans = [INCOMPLETE, INCOMPLETE, READY]
    const { calls } = await run(SCHEDULED, { Plan: () => plans.shift()! })
    expect(names(calls)).toEqual([
      ...['Plan', 'Plan', 'Plan', 'ConvertHour', 'ConvertHour'],
      ...['Seal', 'Verify', 'ConcludeSealed'],
    ])
  })

  test('seals what there is when Plan says that it is enough', async () => {
    const partial = { ...READY, past_deadline: true, missing: ['05'], found: 23, wanted: 20 }
    const { calls } = await run(SCHEDULED, { Plan: () => partial })
    expect(calls.find(([name]) => name === 'Seal')![1]).toMatchObject({ minHours: 20 })
  })

  test('concludes a day that stays incomplete, and fails with what is missing', async () => {
    const late = { ...INCOMPLETE, past_deadline: true }
    const { calls, end } = await run(SCHEDULED, { Plan: () => late })
    expect(names(calls)).toEqual(['Plan', 'ConcludeIncomplete'])
    expect(calls[1]![1]).toMatchObject({ outcome: 'incomplete', plan: late, request: SCHEDULED })
    expect(end).toEqual({ error: 'Dayseal.incomplete', cause: JSON.stringify(late) })
  })

  test('does not wait for a day that is not over', async () => {
    const { calls, end } = await run(DAY, { Plan: () => ({ ...INCOMPLETE, kind: 'refused' }) })
    expect(names(calls)).toEqual(['Plan', 'ConcludeIncomplete'])
    expect(end).toMatchObject({ error: 'Dayseal.incomplete' })
  })

  test('plans again when the seal finds an hour gone', async () => {
    const seals = [{ kind: 'refused' }, SEALED]
    const { calls } = await run(DAY, {
      Plan: () => ({ ...READY, hours_to_convert: [] }),
      Seal: () => seals.shift()!,
    })
    expect(names(calls)).toEqual(['Plan', 'Seal', 'Plan', 'Seal', 'Verify', 'ConcludeSealed'])
  })

  test('fails with the verdict when the day does not verify', async () => {
    const verdict = { result: 'failed', failed_checks: ['parquet.sha256'] }
    const { calls, end } = await run(DAY, { Verify: () => verdict })
    expect(calls.at(-1)).toEqual([
      'ConcludeFailed',
      {
        outcome: 'failed',
        request: DAY,
        execution: expect.objectContaining({ id: EXECUTION_ID }),
        seal: SEALED,
        error: { Error: 'Dayseal.verification', Cause: JSON.stringify(verdict) },
      },
    ])
    expect(end).toEqual({ error: 'Dayseal.verification', cause: JSON.stringify(verdict) })
  })

  test.each(['Plan', 'ConvertHour', 'Seal', 'Verify'])(
    'a fault of %s is not tried again when it stays, and is concluded',
    async (step) => {
      const { calls, end } = await run(DAY, { [step]: () => fault('Dayseal.source', 'hour 03 is no gzip') })
      expect(names(calls).filter((name) => name === step)).toHaveLength(step === 'ConvertHour' ? 2 : 1)
      expect(calls.at(-1)).toEqual(['ConcludeFailed', expect.objectContaining({ outcome: 'failed' })])
      expect(calls.at(-1)![1]).toMatchObject({
        error: { Error: 'Dayseal.source' },
        request: DAY,
        seal: { kind: expect.any(String) },
      })
      expect(end).toMatchObject({ error: 'Dayseal.source' })
    },
  )

  test('a fault that passes is tried again', async () => {
    let faults = 2
    const { calls, end } = await run(DAY, {
      Seal: () => (faults-- > 0 ? fault('Dayseal.storage', 'SlowDown') : SEALED),
    })
    expect(names(calls).filter((name) => name === 'Seal')).toHaveLength(3)
    expect(end).toHaveProperty('output')
  })

  function run(input: Parameters<Stub>[0], stubs: Readonly<Record<string, Stub>>) {
    const usual: Record<string, Stub> = {
      Plan: () => READY,
      ConvertHour: () => ({ hour: '03', rows: 1, rows_quarantined: 0 }),
      Seal: () => SEALED,
      Verify: () => PASSED,
      ConcludeSealed: () => null,
      ConcludeIncomplete: () => null,
      ConcludeFailed: () => null,
    }
    return runDefinition(SEAL_DAY, input, { ...usual, ...stubs })
  }
})

describe('Backfill', () => {
  const days = ['2026-11-01', '2026-11-02', '2026-11-03']
  const listed = days.map((date) => ({ dataset: 'app', date }))
  const input = { dataset: 'app', from: days[0]!, to: days[2]! }

  test('seals every day by an execution of its own', async () => {
    const { calls, end } = await runDefinition(BACKFILL, input, {
      ListDays: () => ({ days: listed }),
      SealDay: () => ({}),
    })
    expect(calls[0]).toEqual(['ListDays', { request: input }])
    expect(calls.slice(1).map(([, given]) => given)).toEqual(
      days.map((date) => ({
        StateMachineArn: expect.stringMatching(/:SealDay$/),
        Input: {
          dataset: 'app',
          date,
          backfill: true,
          AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: EXECUTION_ID,
        },
      })),
    )
    expect(end).toMatchObject({ output: { results: days.map((date) => ({ date, outcome: 'sealed' })) } })
  })

  test('a day that fails stops no other, but fails the backfill', async () => {
    const { calls, end } = await runDefinition(BACKFILL, input, {
      ListDays: () => ({ days: listed }),
      SealDay: (given) => (JSON.stringify(given).includes(days[1]!) ? fault('States.TaskFailed', 'no') : {}),
    })
    expect(calls).toHaveLength(4)
    expect(end).toEqual({ error: 'Dayseal.backfill', cause: `days that failed: ["${days[1]}"]` })
  })

  test('a day without a result fails the backfill', async () => {
    const lossy = structuredClone(BACKFILL) as { States: Record<string, Record<string, unknown>> }
    lossy.States.SealDays!.ItemsPath = '$.range.fewer'
    const { end } = await runDefinition({ ...BACKFILL, ...lossy }, input, {
      ListDays: () => ({ days: listed, fewer: listed.slice(1) }),
      SealDay: () => ({}),
    })
    expect(end).toMatchObject({ error: 'Dayseal.backfill', cause: expect.stringContaining('without a result') })
  })

  test('is bounded, and tolerates failures', () => {
    expect(BACKFILL.States.SealDays).toMatchObject({ MaxConcurrency: 3, ToleratedFailurePercentage: 100 })
  })
})

function names(calls: readonly (readonly [string, unknown])[]): string[] {
  return calls.map(([name]) => name)
}

function fault(name: string, message: string): never {
  throw Object.assign(new Error(message), { name })
}
