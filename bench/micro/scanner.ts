import { LineSplitter } from '../../lib/shred/lines.ts'
import { Scanner } from '../../lib/shred/scanner.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { type HourOfLines, SETTINGS, shredAll } from './lines.ts'
import type { Micro } from './repeat.ts'

/** Lines → columns, and beside it what V8 does with the same lines. */
export function scannerMicros(hours: readonly HourOfLines[]): Micro[] {
  return hours.flatMap(({ name, text, blocks, schema }): Micro[] => {
    const amount = { bytes: text.length }
    return [
      { name: `lines: cut, ${name}`, amount, work: () => cutLines(blocks) },
      { name: `scanner: learnt schema, ${name}`, amount, work: () => rowsOf(blocks, schema) },
      { name: `scanner: nothing learnt, ${name}`, amount, work: () => rowsOf(blocks, []) },
      { name: `JSON.parse of the lines, ${name}`, amount, work: () => parseLines(text) },
    ]
  })
}

const scanner = new Scanner()

/** Rows in the columns: none where the hour has to be read once more. */
function rowsOf(blocks: readonly Buffer[], base: Schema): number {
  const shredder = shredAll(blocks, base, scanner)
  const rows = shredder.rowGroup()?.rows ?? 0
  shredder.free()
  return rows
}

function cutLines(blocks: readonly Buffer[]): number {
  const splitter = new LineSplitter(SETTINGS.limits.maxLineBytes)
  let bytes = 0
  for (const block of blocks) {
    splitter.push(block)
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) bytes += line.end - line.start
  }
  return bytes
}

function parseLines(text: Buffer): number {
  let members = 0
  for (const line of text.toString().split('\n')) if (line !== '') members += Object.keys(JSON.parse(line)).length
  return members
}
