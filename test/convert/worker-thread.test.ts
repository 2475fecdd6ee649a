import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LaneWork } from '../../lib/convert/convert-hours.ts'
import { convertInThreads } from '../../lib/convert/convert-in-threads.ts'
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

it('a thread that ends without work ends nothing else', async () => {
  thread = await threadOf('process.exit(3)')
  const idle = thread
  await expect.poll(() => idle.ended).toBe(true)
  expect(await faultOf(idle)).toEqual(['internal', expect.stringContaining('exit code 3')])
})

it('a thread that cannot be started has ended, and says so to whoever has work for it', async () => {
  thread = startWorkerThread(new URL('https://127.0.0.1/worker.mjs'))
  expect(thread.ended).toBe(true)
  expect(await faultOf(thread)).toEqual(['internal', expect.stringContaining('could not be started; seen: ')])
})

it('a stop is passed on', async () => {
  thread = await threadOf(`
    parentPort.on('message', (message) => {
      parentPort.postMessage(message === 'stop' ? { kind: 'done' } : { kind: 'converted', task: 0 })
    })
  `)
  const controller = new AbortController()
  // The thread has the work by then.
  await thread.lane({ ...someWork(controller.signal), onConverted: () => controller.abort() })
})

it('work whose signal came before is not begun', async () => {
  thread = await threadOf(`parentPort.on('message', () => parentPort.postMessage({ kind: 'done' }))`)
  await expect(thread.lane(someWork(AbortSignal.abort(new Error('enough'))))).rejects.toThrow('enough')
  await thread.lane(someWork())
})

it('work comes to the thread in turn', async () => {
  thread = await threadOf(`
    let given = 0
    parentPort.on('message', () => {
      given++
      setTimeout(() => {
        parentPort.postMessage({ kind: 'converted', task: given })
        parentPort.postMessage({ kind: 'done' })
      }, 20)
    })
  `)
  const told: string[] = []
  const work = (name: string) => ({ ...someWork(), onConverted: (given: number) => void told.push(`${name} ${given}`) })
  await Promise.all([thread.lane(work('first')), thread.lane(work('second'))])
  expect(told).toEqual(['first 1', 'second 2'])
})

it('threads stay for the next call, and those that have ended are replaced', async () => {
  const started: { ended: boolean; lane: () => Promise<void>; close: () => Promise<void> }[] = []
  const nothing = async () => undefined
  const converter = convertInThreads(2, () => {
    const fresh = { ended: false, lane: nothing, close: nothing }
    started.push(fresh)
    return fresh
  })
  converter.start(24)
  converter.start(24)
  expect(started).toHaveLength(2)
  started[0]!.ended = true
  converter.start(1)
  expect(started).toHaveLength(2)
  converter.start(24)
  expect(started).toHaveLength(3)
  converter.start(0)
  expect(started).toHaveLength(3)
})
