import { afterEach, expect, test, vi } from 'vitest'
import { loadSqlite } from '../../lib/export/formats/load-sqlite.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('SQLite loads without the warning that it is experimental; others come through', () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const before = process.emitWarning
  const sqlite = process.getBuiltinModule('node:sqlite')
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => {
    process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning')
    process.emitWarning('something else', 'DeprecationWarning', 'DEP0000')
    return sqlite
  })
  expect(loadSqlite()).toBe(sqlite)
  expect(emitted.mock.calls).toEqual([['something else', 'DeprecationWarning', 'DEP0000']])
  expect(process.emitWarning).toBe(before)
})

test('a Node without SQLite is named', () => {
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => undefined)
  const before = process.emitWarning
  expect(() => loadSqlite()).toThrow(`this Node has no SQLite; seen: ${process.version}`)
  expect(process.emitWarning).toBe(before)
})
