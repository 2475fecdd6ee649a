import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import * as z from 'zod'
import { BENCH_DATE, type HourPlan, rowsOf, type Workload } from './workloads.ts'

const archiveFile = z.strictObject({ rows: z.int(), hours: z.int(), jsonBytes: z.int(), gzipBytes: z.int() })

/** A workload as hour files on disk, `YYYYMMDD/HH.jsonl.gz` below `folder`. */
export type Archive = z.infer<typeof archiveFile> & { readonly folder: string }

/** Lines are handed to gzip so many bytes at a time. */
const BLOCK_BYTES = 2 ** 18

/**
 * The workload below `cache`, where it is kept: made once per generator, seed and size. An archive counts only when it is
 * whole: it is made under another name first. Memory: a few blocks of 256 KiB.
 */
export async function prepareArchive(cache: string, workload: Workload, seed: number): Promise<Archive> {
  const { name } = workload
  const folder = join(cache, `${name}-${rowsOf(workload)}-${await generatorHash(workload, seed)}`)
  const known = await readArchive(folder)
  if (known !== undefined) return known
  const making = `${folder}.making-${process.pid}`
  const day = join(making, BENCH_DATE.replaceAll('-', ''))
  await mkdir(day, { recursive: true })
  try {
    let jsonBytes = 0
    let gzipBytes = 0
    for (const plan of workload.hours) {
      const file = join(day, `${String(plan.hour).padStart(2, '0')}.jsonl.gz`)
      jsonBytes += await writeHour(file, workload, plan, seed)
      gzipBytes += (await stat(file)).size
    }
    const made = { rows: rowsOf(workload), hours: workload.hours.length, jsonBytes, gzipBytes }
    await writeFile(join(making, 'archive.json'), JSON.stringify(made))
    await rename(making, folder)
    return { ...made, folder }
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

async function readArchive(folder: string): Promise<Archive | undefined> {
  const text = await readFile(join(folder, 'archive.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : { ...archiveFile.parse(JSON.parse(text)), folder }
}

/** Returns the bytes of JSON. */
async function writeHour(file: string, { lines }: Workload, plan: HourPlan, seed: number): Promise<number> {
  let bytes = 0
  const blocks = function* () {
    for (const block of inBlocks(lines(seed, plan))) {
      bytes += block.length
      yield block
    }
  }
  await pipeline(Readable.from(blocks(), { highWaterMark: 2 }), createGzip(), createWriteStream(file))
  return bytes
}

function* inBlocks(lines: Iterable<string>): Generator<Buffer> {
  let text = ''
  for (const line of lines) {
    text += `${line}\n`
    if (text.length < BLOCK_BYTES) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}

/** Of all that decides what the lines are: the generators' source, the seed, and the hours. */
async function generatorHash({ hours }: Workload, seed: number): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ seed, hours }))
  const files = (await readdir(import.meta.dirname)).sort().map((file) => join(import.meta.dirname, file))
  for (const file of [...files, join(import.meta.dirname, '../../cli/demo/random.ts')])
    hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 12)
}
