import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/*
 * A process that partitions an upload, and ends by SIGKILL at one moment of its work with files:
 * `partition-until.ts ROOT KEY N` is killed at the Nth of these moments; with 0 it comes to its end, and prints how many
 * there were. Before and after each opening for writing, write, rename, link and unlink there is one.
 */

const [root = '', key = '', last = '0'] = process.argv.slice(2)
let moments = 0

async function moment<T>(act: () => Promise<T>): Promise<T> {
  await countOne()
  const result = await act()
  await countOne()
  return result
}

async function countOne(): Promise<void> {
  moments++
  if (moments !== Number(last)) return
  process.kill(process.pid, 'SIGKILL')
  // Nothing may happen until the signal arrives.
  await new Promise(() => {})
}

const { open, rename, link, unlink } = fs
fs.rename = (from, to) => moment(() => rename(from, to))
fs.link = (from, to) => moment(() => link(from, to))
fs.unlink = (path) => moment(() => unlink(path))
fs.open = async (path, flags, mode) => {
  if (!String(flags).startsWith('wx')) return open(path, flags, mode)
  const handle = await moment(() => open(path, flags, mode))
  const write = handle.write.bind(handle)
  return Object.assign(handle, {
    write: (bytes: Uint8Array, ...more: number[]) => moment(() => write(bytes, ...more)),
  })
}
syncBuiltinESMExports()

// Only now, so that the store gets these.
const { openPlace, partitionKey } = await import('./intake-place.ts')
await partitionKey(openPlace(root), key, { decision: 'replace-all' })
process.stdout.write(String(moments))
