import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { arrivals } from './arrivals.ts'
import { type Cloud, startCloud } from './cloud.ts'
import { days } from './days.ts'
import { exporting } from './exporting.ts'
import { faults } from './faults.ts'
import { large } from './large.ts'
import { offloading } from './offloading.ts'
import { seldom } from './seldom.ts'
import { synthesize } from './synthesize.ts'
import type { Stacks } from './template.ts'
import { uploading } from './uploading.ts'

describe('the deployed system, on this machine', () => {
  let outdir: string
  let stacks: Stacks
  let cloud: Cloud
  beforeAll(async () => {
    outdir = await mkdtemp(join(tmpdir(), 'dayseal-cdk-'))
    stacks = await synthesize(join(import.meta.dirname, 'test.config.ts'), outdir)
  }, 180_000)
  beforeEach(async () => {
    cloud = await startCloud(stacks, outdir)
  })
  afterEach(async ({ task }) => {
    await cloud.close()
    if (task.result?.state === 'fail')
      console.log(cloud.functions.map(({ name, log }) => `${name}\n${log.join('')}`).join('\n'))
    // Each function's role grants each call that it made.
    expect(cloud.calls.filter(({ granted }) => !granted)).toEqual([])
  })
  afterAll(() => rm(outdir, { recursive: true, force: true }))

  describe('arrivals', () => arrivals(() => cloud))
  describe('days', () => days(() => cloud))
  describe('faults', () => faults(() => cloud))
  describe('seldom', () => seldom(() => cloud))
  describe('uploads', () => uploading(() => cloud))
  describe('exports', () => exporting(() => cloud))
  describe('offloads', () => offloading(() => cloud))
  describe('large objects', () => large(() => cloud))
})
