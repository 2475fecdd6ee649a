import { expect, test } from 'vitest'
import { inTurn } from '../../bench/measure/in-turn.ts'
import { runChild } from '../../bench/measure/run-child.ts'
import { CHECKOUT } from '../../bench/programs.ts'

const MB = 1e6

test('a process is measured whole: its threads, and nothing of its parent', async () => {
  const parents = Buffer.alloc(400 * MB, 1)
  const idle = await runChild(CHECKOUT.atExit, ['-e', '0'])
  expect(idle.peakRssBytes).toBeGreaterThan(20 * MB)
  expect(idle.peakRssBytes).toBeLessThan(parents.length)
  expect(idle.wallMs).toBeGreaterThan(0)

  const busy = `const { Worker } = require('node:worker_threads')
    new Worker('const b = Buffer.alloc(${500 * MB}, 1); for (const end = Date.now() + 300; Date.now() < end;);', { eval: true })`
  const worker = await runChild(CHECKOUT.atExit, ['-e', busy])
  expect(worker.peakRssBytes).toBeGreaterThan(500 * MB)
  expect(worker.cpuMs).toBeGreaterThan(idle.cpuMs)
})

test('a process that fails is no measurement', async () => {
  await expect(runChild(CHECKOUT.atExit, ['-e', 'console.error("why"); process.exitCode = 3'])).rejects.toThrow(
    /ended with exit code 3:\nwhy/,
  )
})

test('contenders take turns, each in an empty folder of its own', async () => {
  const order: string[] = []
  const sample = { wallMs: 1, cpuMs: 1, peakRssBytes: 1 }
  const contender = (id: 'dayseal-first' | 'duckdb-schema') => ({
    id,
    threads: 1,
    run: async (folder: string) => {
      order.push(folder)
      return { file: `${folder}/${order.length}`, sample }
    },
  })
  const measured = await inTurn([contender('dayseal-first'), contender('duckdb-schema')], {
    rounds: 2,
    emptyFolder: async ({ id }) => id,
    onRun: () => {},
  })
  expect(order).toEqual(['dayseal-first', 'duckdb-schema', 'dayseal-first', 'duckdb-schema'])
  expect(measured).toEqual([
    { id: 'dayseal-first', threads: 1, samples: [sample, sample], file: 'dayseal-first/3' },
    { id: 'duckdb-schema', threads: 1, samples: [sample, sample], file: 'duckdb-schema/4' },
  ])
})
