import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestSchema } from '../lib/seal/manifest.ts'
import { compareOutputs } from './equality/outputs.ts'
import type { Archive } from './generate/archive.ts'
import { BENCH_DATE, type Workload, type WorkloadName } from './generate/workloads.ts'
import { joinShare } from './join-share.ts'
import { type ContenderId, inTurn, type Measured } from './measure/in-turn.ts'
import { writeBack } from './measure/write-back.ts'
import { contenders, type Known, sealFirst } from './peers/contenders.ts'
import type { Programs } from './programs.ts'
import type { ContenderResult, WorkloadResult } from './report/figures.ts'
import { NAMES } from './report/text.ts'

/** SQL for the rows that are compared value by value: of the nested workload those of one hour. */
const CLOSELY: Readonly<Record<WorkloadName, string>> = {
  flat: 'true',
  'flat-large-files': 'true',
  nested: 'hour(CAST(snapshot_ts AS TIMESTAMP)) = 17',
}

export interface Measuring {
  readonly programs: Programs
  /** Of this workload alone, and empty. */
  readonly folder: string
  readonly rounds: number
  readonly threads: readonly number[]
  /** Who takes part. */
  readonly ids: readonly ContenderId[]
  /** 0: how long joining takes is not measured. */
  readonly joins: number
  /** Takes a line about how far it is. */
  readonly say: (line: string) => void
}

/** Lets all contenders take turns on one archive, compares their outputs, and measures the join. */
export async function measureWorkload(made: Workload, archive: Archive, options: Measuring): Promise<WorkloadResult> {
  const { programs, folder, joins, say } = options
  const { name, about } = made
  const first = await emptyFolder(join(folder, 'first'))
  const { file } = await sealFirst(programs, archive, first, 1)
  const manifest = await readFile(join(first, 'daily', BENCH_DATE, 'manifest.json'), 'utf8')
  const { schema } = manifestSchema.parse(JSON.parse(manifest))
  const schemaFile = join(first, 'schema.json')
  const measured = await takeTurns(name, archive, { schema, schemaFile }, options)
  say(`${name}: comparing the outputs`)
  const equality = await compareOutputs({ file, closely: CLOSELY[name], measured })
  const { rows, hours: files, jsonBytes, gzipBytes } = archive
  const joinTimes = joins === 0 ? null : await measureJoins(archive, schemaFile, options)
  const results = await Promise.all(measured.map(withSize))
  return { workload: name, about, rows, files, jsonBytes, gzipBytes, contenders: results, equality, join: joinTimes }
}

function takeTurns(name: string, archive: Archive, known: Known, options: Measuring): Promise<Measured[]> {
  const { programs, folder, rounds, threads, ids, say } = options
  return inTurn(
    threads.flatMap((count) => contenders(programs, archive, known, count).filter(({ id }) => ids.includes(id))),
    {
      rounds,
      emptyFolder: ({ id, threads }) => emptyFolder(join(folder, `${id}-${threads}`)),
      onRun: ({ id, threads }, round, { wallMs }) =>
        say(`${name}: round ${round} of ${rounds}, ${NAMES[id]}, ${threads} threads: ${(wallMs / 1_000).toFixed(2)} s`),
    },
  )
}

/** The disk is idle when a join begins: what the runs before wrote would be in its way. */
async function measureJoins(archive: Archive, schemaFile: string, { folder, joins }: Measuring) {
  await writeBack()
  const first = await joinShare(archive, await emptyFolder(join(folder, 'join-first')), undefined, joins)
  await writeBack()
  const learnt = await joinShare(archive, await emptyFolder(join(folder, 'join-learnt')), schemaFile, joins)
  return { first, learnt }
}

async function withSize({ id, threads, samples, file }: Measured): Promise<ContenderResult> {
  return { id, threads, samples, outputBytes: (await stat(file)).size }
}

async function emptyFolder(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}
