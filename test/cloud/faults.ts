import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { FEW_HOURS, SEAL_DAY, SEALED, uploadDay, uploadHour } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { generations, keysUnder, LONG_AGO } from './sealed-days.ts'

const DATE = LONG_AGO

/** Services that throttle, deny and break, and functions that run out of time. */
export function faults(cloud: () => Cloud): void {
  const seal = () => cloud().execute(SEAL_DAY, { dataset: 'app', date: DATE })
  const convert = async () => {
    cloud().deliver([await uploadHour(cloud(), DATE, '05')])
    await cloud().drain()
  }

  it('goes on after 503 Slow Down, broken connections and throttled tables', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    const slow = { kind: 'refuse', status: 503, code: 'SlowDown' } as const
    cloud().s3.fail({ fault: slow, when: ({ method }) => method === 'PUT', times: 2 })
    cloud().s3.fail({ fault: slow, when: ({ method, key }) => method === 'GET' && key !== '', times: 2 })
    cloud().s3.fail({ fault: { kind: 'reset', moment: 'before' }, when: ({ method }) => method === 'PUT', times: 2 })
    cloud().s3.fail({ fault: { kind: 'cut', bytes: 100 }, when: ({ key }) => key.endsWith('06.jsonl.gz'), times: 2 })
    cloud().dynamodb.fail('PutItem', 'throttle', 2)
    cloud().dynamodb.fail('GetItem', 'reset', 2)
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await generations(cloud(), DATE)).toMatchObject([{ generation: 1, row_count: 80 }])
  })

  it('knows its own commit when the answer is lost', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    cloud().s3.fail({
      fault: { kind: 'reset', moment: 'after' },
      when: ({ method, key }) => method === 'PUT' && key.includes('/history/'),
    })
    cloud().dynamodb.fail('PutItem', 'lose-answer', 2)
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await generations(cloud(), DATE)).toHaveLength(1)
    expect(cloud().announced.map((event) => event['detail-type'])).toEqual(['Day Sealed'])
  })

  it('fails, and says why, when a store denies', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    const denied = { kind: 'refuse', status: 403, code: 'AccessDenied' } as const
    cloud().s3.fail({
      fault: denied,
      when: ({ method, key }) => method === 'PUT' && key.includes('/generations/'),
      times: 1000,
    })
    expect(await seal()).toMatchObject({ kind: 'failed', error: 'Dayseal.storage' })
    expect(cloud().announced).toMatchObject([{ 'detail-type': 'Day Failed', detail: { error: 'Dayseal.storage' } }])
    expect(String(cloud().announced[0]?.detail.cause)).toContain('AccessDenied')
    expect(await generations(cloud(), DATE)).toEqual([])
  })

  it('leaves nothing half-published when a function runs out of time, and succeeds the next time', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    const request = { dataset: 'app', date: DATE, minHours: 4, owner: 'test' }
    const slow = { kind: 'wait', until: () => sleep(1_000) } as const
    cloud().s3.fail({ fault: slow, when: ({ method, key }) => method === 'PUT' && key.includes('/generations/') })
    for (const milliseconds of [0, 100, 900]) {
      // The work has to stop ten seconds before the function's end.
      const short = await cloud().invoke('Seal', request, 10_000 + milliseconds)
      expect(short).toMatchObject({ kind: 'failed', error: 'Dayseal.timeout' })
      expect(await generations(cloud(), DATE)).toEqual([])
      expect(await keysUnder(cloud().client, 'app/generations/')).toEqual([])
      expect(await keysUnder(cloud().client, 'app/daily/')).toEqual([])
      expect(cloud().s3.unfinished(SEALED)).toEqual([])
    }
    expect((await cloud().invoke('Seal', request)).kind).toBe('answered')
    expect(await generations(cloud(), DATE)).toHaveLength(1)
  })

  it('goes on where an execution was stopped', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    let stopped: Promise<unknown> | undefined
    const first = cloud().execute(
      SEAL_DAY,
      { dataset: 'app', date: DATE },
      {
        onState: (name) => {
          if (name === 'Seal') stopped = cloud().stop('Seal')
        },
      },
    )
    await first
    await stopped
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await generations(cloud(), DATE)).toHaveLength(1)
  })

  it('converts after a function was killed', async () => {
    await convert()
    await uploadHour(cloud(), DATE, '06')
    const killed = cloud().invoke('Convert', { dataset: 'app', date: DATE, hour: '06' })
    await cloud().stop('Convert')
    expect((await killed).kind).toBe('failed')
    await convert()
    expect(cloud().deadLetters).toEqual([])
    expect(await keysUnder(cloud().client, `app/hourly/${DATE}/`)).toHaveLength(2)
  })
}
