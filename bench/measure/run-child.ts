import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'

/** What one process took, from before it was started until it was gone. */
export interface Sample {
  readonly wallMs: number
  /** User and system time of all its threads. */
  readonly cpuMs: number
  readonly peakRssBytes: number
}

/** Microseconds, and units of 1,024 bytes, as getrusage(2) and proc(5) have them. */
const usageFile = z.object({ userCPUTime: z.number(), systemCPUTime: z.number(), peakRssKb: z.number().positive() })

/**
 * Runs `node …args` to its end, with the file `atExit` (see at-exit.ts) preloaded. Throws, with what it wrote to stderr,
 * unless it ends with exit code 0.
 */
export async function runChild(atExit: string, args: readonly string[]): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-bench-usage-'))
  const usage = join(folder, 'usage.json')
  try {
    const wallMs = await timeChild(['--import', pathToFileURL(atExit).href, ...args], usage)
    const { userCPUTime, systemCPUTime, peakRssKb } = usageFile.parse(JSON.parse(await readFile(usage, 'utf8')))
    return { wallMs, cpuMs: (userCPUTime + systemCPUTime) / 1_000, peakRssBytes: peakRssKb * 1_024 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function timeChild(args: readonly string[], usage: string): Promise<number> {
  const env = { ...process.env, DAYSEAL_BENCH_USAGE: usage }
  return new Promise((resolve, reject) => {
    let errors = ''
    const started = performance.now()
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env })
    let ended = started
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.on('error', reject)
    child.on('exit', () => {
      ended = performance.now()
    })
    child.on('close', (code, signal) => {
      if (code === 0) resolve(ended - started)
      else reject(new Error(`node ${args.join(' ')}\nended with ${signal ?? `exit code ${code}`}:\n${errors}`))
    })
  })
}
