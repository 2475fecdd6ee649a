import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Announce } from '../../lib/service/announcement.ts'
import { thrownBy } from '../thrown.ts'

/** How the bus answers. */
let answer: { readonly status: number; readonly body: object } | 'nothing'
let server: Server
let announce: Announce
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    if (answer === 'nothing') return void request.socket.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
  })
  const { announceOn } = await import('../../functions/announce.ts')
  announce = announceOn('test')
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const seal = () => announce('app', '2025-03-14', { kind: 'Day Failed', error: 'E', cause: 'why' })

it('announces', async () => {
  answer = { status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } }
  expect(await seal()).toBeUndefined()
})

it.each([
  ['refuses the event', { status: 200, body: { Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'no' }] } }],
  ['is in trouble', { status: 500, body: { __type: 'InternalException' } }],
  ['throttles', { status: 400, body: { __type: 'ThrottlingException' } }],
  ['denies', { status: 400, body: { __type: 'AccessDeniedException', message: 'secret' } }],
  ['does not answer', 'nothing'],
] as const)('throws what a step is tried again for when the bus %s', async (_, given) => {
  answer = given
  const error = await thrownBy(seal)
  expect(error.code).toBe('storage')
  expect(error.message).toMatch(/^"Day Failed" of 2025-03-14 could not be announced on test; seen: \w+/)
  expect(error.message).not.toContain('secret')
})
