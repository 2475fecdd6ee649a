import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDirectory } from '../../lib/store/directory.ts'

let root: string
let racers: ChildProcess[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dayseal-races-'))
  racers = []
})
afterEach(async () => {
  for (const racer of racers) racer.kill('SIGKILL')
  await rm(root, { recursive: true })
})

async function start(task: string): Promise<ChildProcess> {
  const racer = fork(new URL('./racer.ts', import.meta.url), [root, task], { execArgv: [] })
  racers.push(racer)
  expect(await message(racer)).toBe('ready')
  return racer
}

/** The racer's next message; fails when it exits without one. */
async function message(racer: ChildProcess): Promise<unknown> {
  const [said] = await Promise.race([
    once(racer, 'message'),
    once(racer, 'exit').then(([code]) => Promise.reject(new Error(`the racer exited with ${code}`))),
  ])
  return said
}

/** Starts `count` processes, lets them all go at the same time, and gives their outcomes. */
async function race(task: string, count: number): Promise<unknown[]> {
  const started = await Promise.all(Array.from({ length: count }, () => start(task)))
  const outcomes = started.map(message)
  for (const racer of started) racer.send('go')
  return Promise.all(outcomes)
}

describe('several processes in one directory', () => {
  it('create each object once', async () => {
    const won = (await race('create', 5)) as number[][]
    expect(won.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index))
    expect(await readdir(join(root, 'objects'))).toHaveLength(40)
  })

  it('lose no update', async () => {
    await openDirectory(root).putIfAbsent('count', Buffer.from('1000'))
    await race('count', 4)
    expect(Buffer.from((await openDirectory(root).get('count'))!.bytes).toString()).toBe('1040')
    expect(await readdir(root)).toEqual(['count'])
  })

  it('take over the lock of a killed process, one of them at a time', async () => {
    await openDirectory(root).putIfAbsent('count', Buffer.from('1000'))
    const holder = await start('hold')
    holder.send('go')
    expect(await message(holder)).toBe('held')
    const counting = race('count', 4)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await counting
    expect(Buffer.from((await openDirectory(root).get('count'))!.bytes).toString()).toBe('1040')
    expect(await readdir(root)).toEqual(['count'])
  })

  it('never take the lock of a living one', async () => {
    const store = openDirectory(root, { lockWaitMs: 200 })
    await store.putIfAbsent('count', Buffer.from('1'))
    const holder = await start('hold')
    holder.send('go')
    expect(await message(holder)).toBe('held')
    const [lock] = (await readdir(root)).filter((name) => name.startsWith('.dayseal-lock-'))
    const etag = (await store.head('count'))!.etag
    await expect(store.putIfMatch('count', Buffer.from('2'), etag)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(new RegExp(`${join(root, lock!)} is held.*process ${holder.pid} on`)),
    })
    expect(Buffer.from((await store.get('count'))!.bytes).toString()).toBe('1')
    expect(await readdir(root)).toEqual([lock, 'count'])
  })
})
