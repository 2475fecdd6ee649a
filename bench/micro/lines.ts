import { datasetFromFlags } from '../../lib/config.ts'
import { convertSettings, rulesOf } from '../../lib/convert/settings.ts'
import { LineSplitter } from '../../lib/shred/lines.ts'
import { Scanner } from '../../lib/shred/scanner.ts'
import { Shredder } from '../../lib/shred/shredder.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { type WorkloadName, workload } from '../generate/workloads.ts'

export const SETTINGS = convertSettings(datasetFromFlags({ archive: '.', out: '.' }))
const RULES = rulesOf(SETTINGS)

/** As the decompressor gives them. */
const BLOCK_BYTES = 65_536

/** The lines of one hour of a workload, in blocks. */
export interface HourOfLines {
  readonly name: WorkloadName
  readonly text: Buffer
  readonly blocks: readonly Buffer[]
  /** What a first reading finds. */
  readonly schema: Schema
}

/** About 12 MB of the flat workload, or 6 MB of the nested one. */
export function hourOfLines(name: 'flat' | 'nested'): HourOfLines {
  const rows = name === 'flat' ? 36_000 : 64
  const lines = [...workload(name, { kind: 'full', scale: 1 }).lines(1, { hour: 13, rows })]
  const text = Buffer.from(`${lines.join('\n')}\n`)
  const blocks = Array.from({ length: Math.ceil(text.length / BLOCK_BYTES) }, (_, i) =>
    text.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES),
  )
  return { name, text, blocks, schema: shredAll(blocks, []).finish().schema }
}

/** One line per text, which is the value of a single column. */
export function linesOfOneColumn(texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `{"v":${text}}\n`).join(''))
}

/** All lines into the columns of one row group, beginning with the columns of `base`. */
export function shredAll(blocks: readonly Buffer[], base: Schema, scanner = new Scanner()): Shredder {
  const { limits, rowGroupBytes } = SETTINGS
  const shredder = new Shredder({ rules: RULES, base, fixed: false, limits: { ...limits, rowGroupBytes }, scanner })
  const splitter = new LineSplitter(limits.maxLineBytes)
  for (const block of blocks) {
    splitter.push(block)
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
      const reject = shredder.line(line.bytes, line.start, line.end)
      if (reject !== undefined) throw new Error(`a generated line is no row: ${reject.detail}`)
      takeRows(splitter, shredder)
    }
  }
  return shredder
}

function takeRows(splitter: LineSplitter, shredder: Shredder): void {
  for (let lines = splitter.wholeLines(); lines !== undefined; lines = splitter.wholeLines()) {
    const { rows, end } = shredder.rows(lines, SETTINGS.limits.maxLineBytes)
    if (rows === 0) return
    splitter.pass(rows, end)
  }
}
