import { DaysealError } from '../../errors.ts'

/**
 * Node's own SQLite. Loaded when it is wanted: before Node 24 it warns on the terminal, once, that it is experimental. That
 * warning is given during this call, and it alone is kept back.
 * @throws DaysealError `usage` when this Node was built without it
 */
export function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] !== 'ExperimentalWarning') Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    const sqlite = process.getBuiltinModule('node:sqlite')
    if (sqlite !== undefined) return sqlite
    throw new DaysealError('usage', 'this Node has no SQLite', { seen: process.version, wanted: 'a build with it' })
  } finally {
    process.emitWarning = emitWarning
  }
}
