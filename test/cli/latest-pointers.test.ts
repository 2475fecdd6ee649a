import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dayseal, temporaryFolder } from './dayseal.ts'

describe('`latest` pointers', () => {
  const pointer = (key: string) =>
    JSON.stringify({ key, run_id: 'x', exported_at: '2025-03-14T00:00:00.000Z', files: [] })

  test.each([
    ['each other', { a: 'b.csv', b: 'a.csv' }],
    ['themselves', { a: 'a.csv' }],
    ['one that names another', { a: 'b.csv', b: 'c.csv', c: 'd.csv' }],
  ])('that name %s are an error', async (_, pointers) => {
    const cwd = await temporaryFolder()
    for (const [name, key] of Object.entries(pointers)) await writeFile(join(cwd, `${name}.csv.json`), pointer(key))
    const { code, stderr } = await dayseal(['export', '--check', 'a.csv'], { cwd })
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('a.csv.json names no export') })
  })
})
