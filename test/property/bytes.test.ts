import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { hostileBytes } from '../generate/hostile-bytes.ts'
import { expectedRows } from '../model/expected-rows.ts'
import { type ModelLine, modelLines } from '../model/line-model.ts'
import { modelOf } from '../model/model-of-schema.ts'
import { modelSchema } from '../model/schema-model.ts'
import { readWithDayseal } from './read-rows.ts'
import { runs } from './runs.ts'
import { sealInMemory } from './seal-in-memory.ts'

const recordSchema = z.object({
  line: z.int(),
  offset: z.int(),
  bytes: z.int(),
  reason: z.string(),
  part: z.int().optional(),
  last: z.boolean().optional(),
  text: z.string().optional(),
  base64: z.string().optional(),
})

interface Quarantined {
  readonly line: number
  readonly offset: number
  readonly reason: string
  readonly bytes: Buffer
}

/** The quarantined lines, each put together again from its records. */
function quarantined(file: Uint8Array | undefined): Quarantined[] {
  if (file === undefined) return []
  const texts = gunzipSync(file).toString('utf8').split('\n').slice(0, -1)
  const lines: Quarantined[] = []
  for (const text of texts) {
    const { line, offset, reason, part = 1, ...record } = recordSchema.parse(JSON.parse(text))
    const bytes = record.text === undefined ? Buffer.from(record.base64!, 'base64') : Buffer.from(record.text, 'utf8')
    expect(bytes.length).toBe(record.bytes)
    if (part === 1) {
      lines.push({ line, offset, reason, bytes })
    } else {
      const before = lines.pop()!
      expect({ line, offset }).toEqual({ line: before.line, offset: before.offset + before.bytes.length })
      lines.push({ ...before, bytes: Buffer.concat([before.bytes, bytes]) })
    }
  }
  return lines
}

function assertQuarantine(seen: readonly Quarantined[], wanted: readonly ModelLine[]): void {
  expect(seen.map(({ line, offset, bytes }) => ({ line, offset, bytes: bytes.toString('latin1') }))).toEqual(
    wanted.map(({ number, offset, bytes }) => ({ line: number, offset, bytes: bytes.toString('latin1') })),
  )
  for (const [i, { fate }] of wanted.entries()) {
    expect(fate.kind === 'reject' ? fate.reasons : []).toContain(seen[i]!.reason)
  }
}

test('whatever the bytes: each line is blank, a row or in quarantine verbatim, as JSON.parse decides', async () => {
  const pieces = fc.constantFrom(1, 3, 64)
  const groups = fc.constantFrom(1, 60, 2 ** 25)
  const longest = fc.constantFrom(40, 2 ** 24)
  await fc.assert(
    fc.asyncProperty(hostileBytes, pieces, groups, longest, async (bytes, pieceBytes, rowGroupBytes, maxLineBytes) => {
      const lines = modelLines(bytes, { maxLineBytes, maxDepth: 64 })
      const rows = lines.flatMap(({ fate }) => (fate.kind === 'row' ? [fate.row] : []))
      const rejects = lines.filter(({ fate }) => fate.kind === 'reject')
      const day = await sealInMemory([bytes], { pieceBytes, rowGroupBytes, maxLineBytes })
      expect(day.ledgers[0]!.sources[0]).toMatchObject({
        bytes: bytes.length,
        lines_read: lines.length,
        blank: lines.length - rows.length - rejects.length,
        rows_written: rows.length,
        rows_quarantined: rejects.length,
      })
      expect(day.ledgers[0]!.quarantine?.lines ?? 0).toBe(rejects.length)
      assertQuarantine(quarantined(day.quarantines[0]), rejects)
      expect(modelOf(day.schema)).toEqual(modelSchema(rows))
      if (day.bytes !== undefined)
        expect(await readWithDayseal(day.bytes)).toEqual(expectedRows(rows, modelSchema(rows)))
    }),
    runs(600),
  )
})
