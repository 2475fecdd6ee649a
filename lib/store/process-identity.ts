import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import * as z from 'zod'
import { errnoOf } from './storage-fault.ts'

/** Names one process for all time, as far as the system lets us know. */
export const processIdentity = z.strictObject({
  pid: z.int().positive(),
  /** The machine's boot and the process's start in it; null where there is no /proc. */
  started: z.string().nullable(),
  /** The machine and its process namespace: a pid of another place says nothing here. */
  place: z.string(),
})

export type ProcessIdentity = z.infer<typeof processIdentity>

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid)?.started ?? null, place: thisPlace() }
}

/** True only when the process is certainly gone: where that cannot be known it counts as alive. */
export function isGone(other: ProcessIdentity): boolean {
  if (other.place !== thisPlace()) return false
  try {
    process.kill(other.pid, 0)
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return true
  }
  const now = startOf(other.pid)
  if (now === undefined) return false
  return now.zombie || (other.started !== null && other.started !== now.started)
}

function thisPlace(): string {
  return `${hostname()} ${ifThere(() => readlinkSync('/proc/self/ns/pid')) ?? ''}`
}

function startOf(pid: number): { started: string; zombie: boolean } | undefined {
  const stat = ifThere(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  if (stat === undefined) return undefined
  const boot = ifThere(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()) ?? ''
  // proc_pid_stat(5): the command, in brackets, may hold anything; after it come the state (3rd) … starttime (22nd).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { started: `${boot} ${fields[19]}`, zombie: fields[0] === 'Z' || fields[0] === 'X' }
}

/** Undefined where the system has no such file, or does not show it. */
function ifThere(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
