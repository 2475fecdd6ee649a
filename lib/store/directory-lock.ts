import { createHash, randomUUID } from 'node:crypto'
import { readFile, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { DaysealError } from '../errors.ts'
import { linkNew, withFresh } from './fresh-file.ts'
import { LOCK } from './key.ts'
import { isGone, processIdentity, thisProcess } from './process-identity.ts'
import { unless } from './storage-fault.ts'

/** Who holds a lock, and for which file. The nonce is of this one acquisition. */
const lockSchema = z.strictObject({ nonce: z.uuid(), file: z.string(), holder: processIdentity })

type Lock = z.infer<typeof lockSchema>

export interface LockOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** How long to wait for a lock that a living process holds. */
  readonly waitMs: number
}

const POLL_MS = 15

/**
 * Runs `act` while this is the only process that holds the lock of `target`, whose folder exists. Throws `storage`,
 * naming the lock file, when a living process keeps it for longer than `waitMs`.
 *
 * The lock is a file beside the target, made by `link()`, so it is never seen half-written. It is taken from its holder
 * only when that process is gone; the right to remove it is itself a lock, named after the dead lock's nonce. So of
 * several takers one removes it, none can remove the lock that comes after it, and a taker that dies is taken over from
 * in the same way.
 */
export async function withLock<T>(target: string, options: LockOptions, act: () => Promise<T>): Promise<T> {
  const name = createHash('sha256').update(basename(target)).digest('hex').slice(0, 24)
  const path = join(dirname(target), `${LOCK}${name}`)
  return holding({ path, file: basename(target), above: [] }, options.now() + options.waitMs, options, act)
}

/** The lock file, what it is for, and the locks that are to be removed by its holder. */
interface Taken {
  readonly path: string
  readonly file: string
  readonly above: readonly string[]
}

async function holding<T>(taken: Taken, deadline: number, options: LockOptions, act: () => Promise<T>): Promise<T> {
  const { path, file } = taken
  const lock: Lock = { nonce: randomUUID(), file, holder: thisProcess() }
  await withFresh(path, async (fresh) => {
    await fresh.write(Buffer.from(`${JSON.stringify(lock)}\n`))
    await fresh.finish(undefined)
    while (!(await linkNew(fresh.path, path))) await waitFor(taken, deadline, options)
  })
  try {
    return await act()
  } finally {
    await unless(['ENOENT'], () => unlink(path))
  }
}

async function waitFor(taken: Taken, deadline: number, options: LockOptions): Promise<void> {
  const { path } = taken
  const text = await unless(['ENOENT'], () => readFile(path, 'utf8'))
  if (text === undefined) return
  const lock = parseLock(text)
  if (lock !== undefined && isGone(lock.holder)) return removeDead(taken, lock, deadline, options)
  if (options.now() < deadline) {
    await sleep(POLL_MS)
    return
  }
  throw new DaysealError('storage', `the lock ${path} is held by another process`, {
    seen:
      lock === undefined ? 'a lock that cannot be read' : `process ${lock.holder.pid} on ${lock.holder.place.trim()}`,
    wanted: `the lock of ${lock?.file ?? 'the file'} to be free within ${options.waitMs} ms`,
    hint: 'run again when that process is done; remove the lock file only if it is certain that no such process runs',
  })
}

/** Removes a lock whose holder is gone; false for any other. */
export async function removeDeadLock(path: string, options: LockOptions): Promise<boolean> {
  const text = await unless(['ENOENT'], () => readFile(path, 'utf8'))
  const lock = text === undefined ? undefined : parseLock(text)
  if (lock === undefined || !isGone(lock.holder)) return false
  await removeDead({ path, file: lock.file, above: [] }, lock, options.now() + options.waitMs, options)
  return true
}

async function removeDead(taken: Taken, dead: Lock, deadline: number, options: LockOptions): Promise<void> {
  const { path } = taken
  const right = join(dirname(path), `${LOCK}${dead.nonce}`)
  const above = [...taken.above, path]
  if (above.includes(right)) {
    throw new DaysealError('storage', `the locks ${above.join(' and ')} name each other or themselves`, {
      wanted: 'a lock as Dayseal makes it',
      hint: 'remove them if it is certain that no process of Dayseal runs there',
    })
  }
  await holding({ path: right, file: basename(path), above }, deadline, options, async () => {
    const text = await unless(['ENOENT'], () => readFile(path, 'utf8'))
    if (text !== undefined && parseLock(text)?.nonce === dead.nonce) await unlink(path)
  })
}

function parseLock(text: string): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
