import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { textTable } from '../cli/table.ts'
import { HOURS } from '../lib/archive/guards.ts'
import { datasetFromFlags } from '../lib/config.ts'
import { convertHere } from '../lib/convert/convert-here.ts'
import { prepareHour } from '../lib/seal/prepare-hour.ts'
import { seal } from '../lib/seal/seal.ts'
import { openStore } from '../lib/store/open-store.ts'
import { verify } from '../lib/verify/verify.ts'
import { type Archive, prepareArchive } from './generate/archive.ts'
import { BENCH_DATE, workload } from './generate/workloads.ts'
import { parseOptions } from './options.ts'
import { lambdaDollars } from './report/figures.ts'

/*
 * `npm run bench:lambda [-- the options of bench]`: what the functions take for a workload, in this process and one after
 * another, as they run: hours that arrive, the seal of their parts, and its verification. CPU seconds, user and system: a
 * Lambda function of 1,769 MB has one vCPU. Storage is a directory, so that waiting for S3 comes on top.
 */

interface Step {
  readonly name: string
  readonly cpuSeconds: number
  readonly peakRssMb: number
}

const { workloads, scale, seed, cache } = parseOptions(process.argv.slice(2))
for (const name of workloads) {
  const archive = await prepareArchive(cache, workload(name, { kind: 'full', scale }), seed)
  const out = await mkdtemp(join(tmpdir(), 'dayseal-bench-lambda-'))
  try {
    print(name, archive, await steps(archive, out))
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

async function steps(archive: Archive, out: string): Promise<readonly Step[]> {
  const dataset = datasetFromFlags({ archive: archive.folder, out })
  const stores = { archive: openStore(archive.folder), out: openStore(out, { createRoot: true }) }
  const sealDay = () =>
    seal({
      dataset,
      date: BENCH_DATE,
      now: new Date(),
      newId: () => 'sealed',
      minHours: archive.hours,
      converter: convertHere(),
    })
  // A first seal teaches the schema, as the day before has.
  await sealDay()
  const schema = await stores.out.get('schema.json')
  for (const { key } of await stores.out.list('')) await stores.out.delete(key)
  await stores.out.putIfAbsent('schema.json', schema!.bytes)
  return [
    await measured('convert', async () => {
      for (const hour of HOURS) await prepareHour({ dataset, ...stores, date: BENCH_DATE, hour })
    }),
    await measured('seal', async () => {
      const outcome = await sealDay()
      if (outcome.kind !== 'sealed' || outcome.converted.length > 0) throw new Error('the parts were not taken')
    }),
    await measured('verify', async () => {
      const { result } = await verify({ dataset, out: stores.out, date: BENCH_DATE })
      if (result === 'failed') throw new Error('the day does not verify')
    }),
  ]
}

async function measured(name: string, work: () => Promise<void>): Promise<Step> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { name, cpuSeconds: (user + system) / 1e6, peakRssMb: process.resourceUsage().maxRSS / 1024 }
}

function print(name: string, { jsonBytes, gzipBytes }: Archive, all: readonly Step[]): void {
  const gb = jsonBytes / 1e9
  console.log(`\n${name}: ${gb.toFixed(2)} GB of JSON, ${(gzipBytes / 1e9).toFixed(3)} GB gzipped`)
  const rows = all.map(({ name: step, cpuSeconds, peakRssMb }) => [
    step,
    (cpuSeconds / gb).toFixed(1),
    lambdaDollars(cpuSeconds / gb).toFixed(5),
    peakRssMb.toFixed(0),
  ])
  const head = ['step', 'CPU s per GB of JSON', '$ per GB on Lambda', 'peak RSS so far, MB']
  for (const line of textTable([head, ...rows], [1, 2, 3])) console.log(line)
}
