import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/*
 * `node --import ./bench/measure/at-exit.ts program …`: at its end the process writes what it took, worker threads included,
 * to the file that DAYSEAL_BENCH_USAGE names. Node has no getrusage of children, and not every machine has time(1).
 */

const file = process.env.DAYSEAL_BENCH_USAGE
if (isMainThread && file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    writeFileSync(file, JSON.stringify({ userCPUTime, systemCPUTime, peakRssKb: peakRssKb() }))
  })
}

/**
 * Linux carries ru_maxrss over fork and exec: a child of a large process would begin with its parent's peak. VmHWM begins
 * anew (proc(5)).
 */
function peakRssKb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (peak === undefined) throw new Error('/proc/self/status has no VmHWM')
  return Number(peak)
}
