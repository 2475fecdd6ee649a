import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../lib/load-config.ts'
import { thrownBy } from './thrown.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayseal-config-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function load(dataset: object) {
  const app = { archive: { location: 'logs' }, out: 'sealed', ...dataset }
  await writeFile(join(folder, 'dayseal.config.json'), JSON.stringify({ datasets: { app } }))
  return loadConfig('dayseal.config.json', folder)
}

const withFormat = (format: object) => ({ uploads: { format, timestamp: { path: 'ts' } } })

test.each([
  [{ format: 'pattern', pattern: '(a+)+$' }, /datasets.app.uploads.format: the pattern "\(a\+\)\+\$" has no columns/],
  [{ format: 'pattern', pattern: '(?<a>x)(?=y)' }, /datasets.app.uploads.format: /],
  [{ format: 'pattern' }, /neither a preset nor a pattern/],
])('a format of uploads that cannot be used is refused: %j', async (format, message) => {
  const error = await thrownBy(() => load(withFormat(format)))
  expect(error.code).toBe('usage')
  expect(error.message).toMatch(message)
})

test.each([
  [{ path: 'a.*' }, /datasets.app.uploads.timestamp: the path of the timestamp, "a\.\*"/],
  [{ path: 'ts', form: { pattern: 'yyyy' } }, /datasets.app.uploads.timestamp: the pattern of times "yyyy"/],
])('a time of uploads that cannot be read is refused: %j', async (timestamp, message) => {
  const error = await thrownBy(() => load({ uploads: { format: 'jsonl', timestamp } }))
  expect(error.code).toBe('usage')
  expect(error.message).toMatch(message)
})

const withSchedule = (schedule: string) => ({ exports: [{ name: 'all', formats: ['csv'], schedule }] })

test.each(['daily', '0 5 * *', '0 0 5 * * *', '60 * * * *', '@daily'])('%s is refused as a schedule', async (text) => {
  const error = await thrownBy(() => load(withSchedule(text)))
  expect(error.code).toBe('usage')
  expect(error.message).toContain(`datasets.app.exports[0].schedule: seen "${text}", wanted five fields of cron`)
})

test('what can be used is taken', async () => {
  const dataset = { ...withSchedule('*/5 0-6 1,15 * MON'), ...withFormat({ format: 'pattern', preset: 'aws-alb' }) }
  expect((await load(dataset)).get('app')?.exports).toHaveLength(1)
})
