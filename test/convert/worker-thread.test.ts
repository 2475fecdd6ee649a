import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LaneWork } from '../../lib/convert/convert-hours.ts'
import { createHourQueue } from '../../lib/convert/hour-queue.ts'
import { startWorkerThread, type WorkerThread } from '../../lib/convert/worker-thread.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { thrownBy } from '../thrown.ts'

let folder: string
let thread: WorkerThread | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
})

afterEach(async () => {
  await thread?.close()
  await rm(folder, { recursive: true })
})

async function threadOf(code: string): Promise<WorkerThread> {
  const file = join(folder, 'worker.mjs')
  await writeFile(file, `import { parentPort } from 'node:worker_threads'\n${code}\n`)
  return startWorkerThread(pathToFileURL(file))
}

function someWork(signal = new AbortController().signal): LaneWork {
  const store = openStore(folder)
  const onConverted = () => undefined
  return { tasks: [], queue: createHourQueue(), stores: { archive: store, out: store }, s3: {}, signal, onConverted }
}

const faultOf = async ({ lane }: WorkerThread) => {
  const { code, message } = await thrownBy(() => lane(someWork()))
  return [code, message]
}

it('a thread whose program is not there has ended, and says so to whoever has work for it', async () => {
  thread = startWorkerThread(pathToFileURL(join(folder, 'missing.mjs')))
  expect(thread.ended).toBe(false)
  const fault = ['internal', expect.stringContaining('missing.mjs')]
  expect(await faultOf(thread)).toEqual(fault)
  expect(thread.ended).toBe(true)
  expect(await faultOf(thread)).toEqual(fault)
})

it.each([
  ['ends', 'process.exit(3)', 'exit code 3'],
  ['throws', 'throw new Error("no more")', 'no more'],
])('a thread that %s under its work is an error', async (_, code, seen) => {
  thread = await threadOf(`parentPort.on('message', () => { ${code} })`)
  expect(await faultOf(thread)).toEqual(['internal', expect.stringContaining(seen)])
  expect(thread.ended).toBe(true)
})

it('a stop is passed on, also one that came before the work', async () => {
  thread = await threadOf(`
    parentPort.on('message', (message) => message === 'stop' && parentPort.postMessage({ kind: 'done' }))
  `)
  await thread.lane(someWork(AbortSignal.abort()))
  const controller = new AbortController()
  const stopped = thread.lane(someWork(controller.signal))
  controller.abort()
  await stopped
})

it('work comes to the thread in turn', async () => {
  thread = await threadOf(`
    let busy = false
    parentPort.on('message', () => {
      const kind = busy ? 'broken' : 'done'
      busy = true
      setTimeout(() => { busy = false; parentPort.postMessage({ kind, error: { message: 'two at once' } }) }, 20)
    })
  `)
  await Promise.all([thread.lane(someWork()), thread.lane(someWork())])
})
