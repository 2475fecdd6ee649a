import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import { beginSeal, type Changed } from '../../lib/catalog/day-transitions.ts'
import { type DynamoCatalogOptions, openDynamoCatalog } from '../../lib/catalog/dynamodb.ts'
import { catalogContract } from '../contract/catalog.ts'
import { exportStateOf } from '../contract/catalog-exports.ts'
import { arrived, converted, failed } from '../contract/catalog-sources.ts'
import { createCatalogTable, type DynamoTable } from '../servers/dynamo-table.ts'
import { type DynamoServer, startDynamo } from '../servers/dynamodb.ts'
import { thrownBy } from '../thrown.ts'

const REAL = process.env.DAYSEAL_TEST_DYNAMODB_ENDPOINT
const REGION = process.env.AWS_REGION ?? 'eu-west-1'
if (REAL === undefined) {
  process.env.AWS_ACCESS_KEY_ID = 'test'
  process.env.AWS_SECRET_ACCESS_KEY = 'the secret key'
  process.env.AWS_SESSION_TOKEN = 'the session token'
}
const DAY = { dataset: 'tier3', date: '2025-03-14' }
const NOW = new Date('2025-03-15T00:05:00.000Z')

let server: DynamoServer
let table: DynamoTable
let catalog: Catalog

function open(options: Partial<DynamoCatalogOptions> = {}): Promise<Catalog> {
  const { endpoint } = server
  return openDynamoCatalog({ table: table.table, region: REGION, endpoint, newId: randomUUID, ...options })
}

beforeAll(async () => {
  server = await startDynamo()
  table = await createCatalogTable(server.endpoint, REGION, 'catalog')
})
beforeEach(async () => {
  catalog = await open()
})
afterEach(() => table.empty())
afterAll(async () => {
  await table.drop()
  await server.close()
})

catalogContract('DynamoDB', async () => ({ catalog: await open(), cleanUp: () => table.empty() }))

if (REAL !== undefined) {
  describe(`the server at ${REAL}`, () => {
    let real: DynamoTable
    beforeAll(async () => {
      real = await createCatalogTable(REAL, REGION, `dayseal-test-${randomUUID()}`)
    }, 120_000)
    afterAll(() => real.drop())
    catalogContract(REAL, async () => ({
      catalog: await open({ endpoint: REAL, table: real.table }),
      cleanUp: () => real.empty(),
    }))
  })
}

function sealing(owner: string): Changed['next'] {
  const begun = beginSeal(undefined, DAY, { owner, until: '2025-03-15T01:00:00.000Z' }, NOW)
  if (begun.kind !== 'changed') throw new Error('a new day is leased')
  return begun.next
}

describe('the table', () => {
  it('has the documented shape', async () => {
    await catalog.recordSource(converted('0A10', 1))
    await catalog.putDay(sealing('x'), undefined)
    const run = { dataset: 'tier3', run_id: 'r', kind: 'seal', date: null, started: NOW.toISOString() } as const
    await catalog.recordRun({ ...run, ended: null, outcome: null, detail: null })
    const items = (await table.items()).toSorted((a, b) => (a.pk!.S! < b.pk!.S! ? -1 : 1))
    const write_id = { S: expect.any(String) }
    expect(items).toEqual([
      expect.objectContaining({ pk: { S: 'day#tier3' }, sk: { S: '2025-03-14' }, version: { N: '1' }, write_id }),
      expect.objectContaining({
        pk: { S: 'run#tier3' },
        sk: { S: '2025-03-15T00:05:00.000Z r' },
        expires_at: { N: String(Date.parse('2025-06-13T00:05:00.000Z') / 1000) },
      }),
      {
        pk: { S: 'source#tier3#2025-03-14' },
        sk: { S: '20250314/05.jsonl.gz' },
        version: { N: '1' },
        write_id,
        dataset: { S: 'tier3' },
        date: { S: '2025-03-14' },
        hour: { S: '05' },
        key: { S: '20250314/05.jsonl.gz' },
        etag: { S: 'etag 0A10' },
        bytes: { N: '10' },
        sequencer: { S: '0A1' },
        state: { S: 'converted' },
        part_sha256: { S: 'a'.repeat(64) },
        updated: { S: '2025-03-14T06:00:01.000Z' },
      },
    ])
    expect(items[0]).not.toHaveProperty('expires_at')
  })

  it('is read to its end, over all pages', async () => {
    const keys = Array.from({ length: 900 }, (_, index) => `20250314/${String(index).padStart(4, '0')}`)
    for (let at = 0; at < keys.length; at += 50) {
      const some = keys.slice(at, at + 50)
      const error = 'e'.repeat(1900)
      await Promise.all(some.map((key) => catalog.recordSource({ ...failed('01', 1, error), key })))
    }
    const before = server.calls.filter((call) => call === 'Query').length
    const found = await catalog.sources(DAY.dataset, DAY.date)
    expect(found.map(({ key }) => key)).toEqual(keys)
    expect(server.calls.filter((call) => call === 'Query').length - before).toBeGreaterThan(1)
  })

  it.each([
    ['is no record', { state: { S: 'arrived' } }],
    ['is of another version of the record', { version: { N: '1' }, write_id: { S: 'x' }, state: { S: 'lost' } }],
    ['has a number that is too large', { version: { N: '123456789012345678901' }, write_id: { S: 'x' } }],
    ['has a set', { version: { NS: ['1'] }, write_id: { S: 'x' } }],
  ])('may hold an item that %s: it is named, and never taken for a record', async (_, attributes) => {
    await table.put({ pk: { S: 'source#tier3#2025-03-14' }, sk: { S: '20250314/05.jsonl.gz' }, ...attributes })
    for (const act of [() => catalog.sources(DAY.dataset, DAY.date), () => catalog.recordSource(arrived('01'))]) {
      const error = await thrownBy(act)
      expect(error.code).toBe('corrupt')
      expect(error.message).toContain('pk "source#tier3#2025-03-14", sk "20250314/05.jsonl.gz" in the DynamoDB table')
    }
  })

  it.each([
    ['is no record', {}],
    ['is no state', { version: { N: '7' }, write_id: { S: 'x' }, days: { S: 'lost' } }],
    ['has a number that is too large', { version: { N: '123456789012345678901' }, write_id: { S: 'x' } }],
    ['has a set', { version: { NS: ['1'] }, write_id: { S: 'x' } }],
  ])('may hold a state that %s: one of several writers replaces it', async (_, attributes) => {
    await table.put({ pk: { S: 'export-state#tier3' }, sk: { S: 'errors' }, ...attributes })
    expect((await thrownBy(() => catalog.exportState('tier3', 'errors'))).code).toBe('corrupt')
    const ids = ['a', 'b', 'c']
    const outcomes = await Promise.all(ids.map((id) => catalog.putExportState(exportStateOf(id), 'unreadable')))
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['conflict', 'conflict', 'written'])
    expect((await catalog.exportState('tier3', 'errors'))?.run_id).toBe(
      ids[outcomes.findIndex(({ kind }) => kind === 'written')],
    )
  })

  it('may hold a record in the place of another', async () => {
    await catalog.recordSource(arrived('01'))
    const [item] = await table.items()
    await table.put({ ...item, sk: { S: 'other' } })
    const error = await thrownBy(() => catalog.sources(DAY.dataset, DAY.date))
    expect(error.code).toBe('corrupt')
    expect(error.message).toContain('sk "other"')
  })
})

describe('a call', () => {
  const callsOf = (operation: string) => server.calls.filter((call) => call === operation).length

  it.each(['throttle', 'reset'] as const)('is tried again after: %s', async (fault) => {
    server.fail('PutItem', fault, 2)
    server.fail('GetItem', fault, 2)
    server.fail('Query', fault, 2)
    expect((await catalog.recordSource(arrived('01'))).kind).toBe('recorded')
    expect(await catalog.sources(DAY.dataset, DAY.date)).toEqual([arrived('01')])
  })

  it('that is throttled every time fails so that it can be told', async () => {
    const impatient = await open({ maxAttempts: 2 })
    server.fail('GetItem', 'throttle', 2)
    const error = await thrownBy(() => impatient.day(DAY.dataset, DAY.date))
    expect(error).toMatchObject({ code: 'storage', reason: 'throttled' })
    expect(error.message).toContain('cannot read from the DynamoDB table catalog')
    expect(await impatient.day(DAY.dataset, DAY.date)).toBeUndefined()
  })

  it.each([
    ['PutItem', () => catalog.putDay(sealing('x'), undefined)],
    ['Query', () => catalog.runs('tier3', { limit: 1 })],
  ])('that is denied fails at once: %s', async (operation, act) => {
    const before = callsOf(operation)
    server.fail(operation, 'deny')
    expect(await thrownBy(act)).toMatchObject({ code: 'storage', reason: 'denied' })
    expect(callsOf(operation) - before).toBe(1)
  })

  it('that never gets an answer is not taken for one that did nothing', async () => {
    const impatient = await open({ maxAttempts: 2 })
    server.fail('GetItem', 'reset', 2)
    expect(await thrownBy(() => impatient.day(DAY.dataset, DAY.date))).toMatchObject({ reason: 'unavailable' })
    server.fail('PutItem', 'reset', 2)
    const error = await thrownBy(() => impatient.putDay(sealing('x'), undefined))
    expect(error).toMatchObject({ code: 'storage', reason: 'outcome-unknown' })
    expect(await catalog.day(DAY.dataset, DAY.date)).toBeUndefined()
  })

  it('names a table that is not there, and an endpoint where nothing listens', async () => {
    const other = await open({ table: 'no-such-table' })
    const missing = await thrownBy(() => other.day(DAY.dataset, DAY.date))
    expect(missing.code).toBe('storage')
    expect(missing.message).toContain('no-such-table')
    expect(missing.message).toContain('deploy the storage stack')
    const nobody = await open({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 })
    const refused = await thrownBy(() => nobody.day(DAY.dataset, DAY.date))
    expect(refused).toMatchObject({ code: 'storage', reason: 'unavailable' })
    expect(refused.message).toContain('ECONNREFUSED')
  })

  it('that is refused for its signature gives away nothing that was signed', async () => {
    server.fail('GetItem', 'bad-signature')
    const error = await thrownBy(() => catalog.day(DAY.dataset, DAY.date))
    expect(error).toMatchObject({ code: 'storage', reason: 'denied' })
    expect(`${error.message} ${error.stack} ${JSON.stringify(error.cause)} ${Object(error.cause).stack}`).not.toMatch(
      /session token/,
    )
  })

  it('that waits to be tried again ends when its signal is aborted', async () => {
    const reason = new Error('the time is up')
    const controller = new AbortController()
    server.fail('PutItem', 'throttle', 6)
    const call = catalog.putDay(sealing('x'), undefined, controller.signal)
    const before = callsOf('PutItem')
    await expect.poll(() => callsOf('PutItem')).toBeGreaterThan(before)
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    expect(await catalog.day(DAY.dataset, DAY.date)).toBeUndefined()
    server.recover()
  })
})

describe('a write whose answer is lost', () => {
  it('counts as written when the second try finds it there', async () => {
    server.fail('PutItem', 'lose-answer')
    expect(await catalog.putDay(sealing('x'), undefined)).toMatchObject({ kind: 'written', day: { version: 1 } })
    server.fail('PutItem', 'lose-answer', 2)
    expect(await catalog.putDay(sealing('y'), 1)).toMatchObject({ kind: 'written', day: { version: 2 } })
    expect(await catalog.putDay(sealing('y'), 1)).toEqual({ kind: 'conflict' })
  })

  it('counts as written when no try gets an answer', async () => {
    const impatient = await open({ maxAttempts: 1 })
    server.fail('PutItem', 'lose-answer')
    expect(await impatient.recordSource(arrived('01'))).toEqual({ kind: 'recorded', source: arrived('01') })
    server.fail('PutItem', 'lose-answer')
    server.fail('GetItem', 'reset')
    const error = await thrownBy(() => impatient.putDay(sealing('x'), undefined))
    expect(error).toMatchObject({ reason: 'outcome-unknown' })
  })

  it('has one winner all the same, among those that write the same', async () => {
    server.fail('PutItem', 'lose-answer', 8)
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => catalog.putDay(sealing('x'), undefined)))
    expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(7)
  })
})
