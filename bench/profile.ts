import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { textTable } from '../cli/table.ts'
import { type Archive, prepareArchive } from './generate/archive.ts'
import { WORKLOAD_NAMES, workload } from './generate/workloads.ts'
import { runChild } from './measure/run-child.ts'
import { sealArguments } from './peers/contenders.ts'
import { CHECKOUT } from './programs.ts'
import { type CpuProfile, cpuProfile, type FunctionTime, selfTimes } from './report/self-times.ts'

/*
 * `node bench/profile.ts [--workload NAME] [--quick] [--first] [--top N]`: seals a generated day with one worker under V8's
 * profiler, and prints the functions with the most time of their own, all threads together. Meanwhile the checkout's
 * WebAssembly has names: when this was interrupted, `node build-assembly.ts` takes them out again.
 */

const { values } = parseArgs({
  options: {
    workload: { type: 'string', default: 'flat' },
    cache: { type: 'string', default: join(tmpdir(), 'dayseal-bench') },
    top: { type: 'string', default: '15' },
    quick: { type: 'boolean', default: false },
    first: { type: 'boolean', default: false },
  },
})
const made = workload(
  z.enum(WORKLOAD_NAMES).parse(values.workload),
  values.quick ? { kind: 'quick' } : { kind: 'full', scale: 1 },
)
const archive = await prepareArchive(values.cache, made, 1)
const folder = await mkdtemp(join(tmpdir(), 'dayseal-bench-profile-'))
try {
  buildAssembly('--names')
  const out = join(folder, 'out')
  await mkdir(out)
  if (!values.first) await learnSchema(archive, join(folder, 'before'), out)
  const profiles = join(folder, 'profiles')
  await runChild(CHECKOUT.atExit, [
    '--cpu-prof',
    '--cpu-prof-dir',
    profiles,
    ...sealArguments(CHECKOUT, archive, out, 1),
  ])
  print(selfTimes(await readProfiles(profiles)), Number(values.top))
} finally {
  await rm(folder, { recursive: true, force: true })
  buildAssembly()
}

function buildAssembly(...args: readonly string[]): void {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../build-assembly.ts'), ...args], { stdio: 'inherit' })
}

/** A seal that is not measured, so that the next one knows the columns. */
async function learnSchema(archive: Archive, before: string, out: string): Promise<void> {
  await mkdir(before)
  await runChild(CHECKOUT.atExit, sealArguments(CHECKOUT, archive, before, 1))
  await copyFile(join(before, 'schema.json'), join(out, 'schema.json'))
}

/** Of each thread; the main one is the first worker. */
async function readProfiles(directory: string): Promise<CpuProfile[]> {
  const files = await readdir(directory)
  return Promise.all(
    files.map(async (file) => cpuProfile.parse(JSON.parse(await readFile(join(directory, file), 'utf8')))),
  )
}

function print(times: readonly FunctionTime[], top: number): void {
  const total = times.reduce((sum, { ms }) => sum + ms, 0)
  const rows = times
    .slice(0, top)
    .map(({ name, place, ms }) => [
      `${ms.toFixed(0)} ms`,
      `${((100 * ms) / total).toFixed(1)} %`,
      name,
      place.replace(`file://${resolve(import.meta.dirname, '..')}/`, ''),
    ])
  console.log(textTable([['self', 'share', 'function', 'place'], ...rows], [0, 1]).join('\n'))
  console.log(`all but idle: ${total.toFixed(0)} ms`)
}
