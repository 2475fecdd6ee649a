import { setImmediate as nextTurn } from 'node:timers/promises'
import { types } from 'node:util'
import { createContext, Script } from 'node:vm'

/*
 * A configuration is code of somebody else's, which may try to end the process, or never come to an end.
 */

/**
 * Runs `load`, and rejects for what would end the process meanwhile: a call of `process.exit`, an error that nobody
 * catches, or nothing left to wait for. What blocks the thread cannot be helped here.
 */
export async function untilLoaded<T>(load: () => Promise<T>): Promise<T> {
  const end = Promise.withResolvers<never>()
  const onIdle = () => end.reject(new Error('it waits for something that never comes'))
  const { exit } = process
  process.exit = (code) => {
    const refused = exitRefused(code)
    end.reject(refused)
    throw refused
  }
  process.on('beforeExit', onIdle)
  process.on('uncaughtException', end.reject)
  const loadAll = async () => {
    const loaded = await load()
    // A rejection that nobody handles is told at the end of a turn.
    await nextTurn()
    return loaded
  }
  try {
    return await Promise.race([loadAll(), end.promise])
  } finally {
    process.exit = exit
    process.off('beforeExit', onIdle)
    process.off('uncaughtException', end.reject)
  }
}

const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT'

/** Calls what the context has as `act`: `timeout` is an option of scripts alone, and ends what they call, too. */
const call = new Script('act()')
const context = createContext(Object.create(null))

/**
 * What `act` gives, which is not async; `late` when it was ended after `milliseconds` in the midst of its work, whatever
 * it did. `process.exit` throws meanwhile. Starting the clock takes a thread, some 0.1 ms.
 */
export function inTime<T>(
  milliseconds: number,
  act: () => T,
): { readonly kind: 'given'; readonly value: T } | { readonly kind: 'late' } {
  const { exit } = process
  process.exit = (code) => {
    throw exitRefused(code)
  }
  context.act = act
  try {
    return { kind: 'given', value: call.runInContext(context, { timeout: milliseconds }) as T }
  } catch (error) {
    if (types.isNativeError(error) && 'code' in error && error.code === TIMED_OUT) return { kind: 'late' }
    throw error
  } finally {
    process.exit = exit
    context.act = undefined
  }
}

function exitRefused(code: unknown): Error {
  return new Error(`it calls process.exit(${code === undefined ? '' : String(code)})`)
}
