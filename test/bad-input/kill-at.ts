import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/*
 * Loaded with `--import` in front of the command: ends the process by SIGKILL at one moment of its work with files, be it
 * in the main thread or in a worker. `DAYSEAL_TEST_KILL_AT` names it: `before` or `after`, what is done (`open` for
 * writing, `write`, `rename`, `link`), and a piece of the path that it is done to: `after rename hourly/2025-03-14/05.json`.
 */

type When = 'before' | 'after'

const [when, what, place] = (process.env.DAYSEAL_TEST_KILL_AT ?? '').split(' ')
const { open, rename, link } = fs

async function moment<T>(action: string, path: string, act: () => Promise<T>): Promise<T> {
  await dieIf('before', action, path)
  const result = await act()
  await dieIf('after', action, path)
  return result
}

async function dieIf(now: When, action: string, path: string): Promise<void> {
  if (now !== when || action !== what || place === undefined || !path.includes(place)) return
  process.kill(process.pid, 'SIGKILL')
  // Nothing may happen until the signal arrives.
  await new Promise(() => {})
}

fs.rename = (from, to) => moment('rename', String(to), () => rename(from, to))
fs.link = (from, to) => moment('link', String(to), () => link(from, to))
fs.open = async (path, flags, mode) => {
  if (flags !== 'wx') return open(path, flags, mode)
  const handle = await moment('open', String(path), () => open(path, flags, mode))
  const write = handle.write.bind(handle)
  return Object.assign(handle, {
    write: (bytes: Uint8Array, at: number) => moment('write', String(path), () => write(bytes, at)),
  })
}
syncBuiltinESMExports()
