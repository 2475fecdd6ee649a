import { setTimeout as sleep } from 'node:timers/promises'
import { openDirectory } from '../../lib/store/directory.ts'
import { withLock } from '../../lib/store/directory-lock.ts'

/*
 * A process that races others in one directory: `racer.ts ROOT TASK`. It says 'ready' to its parent, waits for any
 * message, does its task, and answers with the outcome.
 */

const [, , root = '', task = ''] = process.argv
const store = openDirectory(root)

const TASKS: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Tries to create each of 40 objects; answers with those it created. */
  create: async () => {
    const won: number[] = []
    for (let index = 0; index < 40; index++) {
      const outcome = await store.putIfAbsent(`objects/${index}`, Buffer.from(`process ${process.pid}`))
      if (outcome.kind === 'written') won.push(index)
    }
    return won
  },

  /** Adds one to a counter, ten times. */
  count: async () => {
    for (let added = 0; added < 10; ) {
      const got = await store.get('count')
      if (got === undefined) throw new Error('there is no counter')
      const next = Buffer.from(String(Number(Buffer.from(got.bytes).toString()) + 1))
      if ((await store.putIfMatch('count', next, got.info.etag)).kind === 'written') added++
    }
    return 'counted'
  },

  /** Takes the counter's lock, and keeps it until it is killed. */
  hold: () =>
    withLock(`${root}/count`, { now: Date.now, waitMs: 0 }, async () => {
      process.send?.('held')
      await sleep(600_000)
    }),
}

process.once('message', async () => {
  process.send?.(await TASKS[task]?.())
  process.disconnect()
})
process.send?.('ready')
