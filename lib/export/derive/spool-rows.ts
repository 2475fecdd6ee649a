import { setImmediate as nextTurn } from 'node:timers/promises'
import { DaysealError } from '../../errors.ts'
import { inTime } from '../../foreign-code.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import { nameEmpty } from '../../shred/empty-names.ts'
import type { Schema } from '../../shred/type.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import { jsonRows } from '../json-text.ts'
import type { RowBatch } from '../row-batch.ts'
import { byNames, columnsOf } from '../rows/dataset-columns.ts'
import type { Derivation } from '../settings.ts'
import { type Failed, type Made, makeRows, type RowFunctions } from './row-functions.ts'
import { RowObjects } from './row-objects.ts'
import type { DeriveOptions, RowSource } from './row-source.ts'
import { RowText } from './row-text.ts'
import { shredSpool } from './shred-spool.ts'
import { createSpool, type Spool, type SpoolWriter } from './spool.ts'
import { traceSchema } from './trace-type.ts'

export interface MadeCounts {
  /** Rows of the source: `read = kept + dropped + rejected`. */
  readonly read: number
  /** Rows of which `transform` made at least one, and those of which it made none. */
  readonly kept: number
  readonly dropped: number
  readonly rejected: number
  /** Rows that were made. */
  readonly made: number
}

/**
 * Runs the functions on every row, and keeps what they make in the scratch directory: which columns there are is known
 * only after the last row. Memory: a batch of the source, and a block of the spool.
 */
export async function spoolRows(
  source: RowSource,
  derivation: Derivation,
  options: DeriveOptions,
): Promise<{ readonly rows: RowSource; readonly counts: MadeCounts }> {
  const { root } = source
  const functions = { compute: new Map(Object.entries(derivation.compute)), transform: derivation.transform }
  const hint = { ...root, fields: root.fields.filter(({ name }) => !functions.compute.has(name)) }
  const text = new RowText(hint)
  const columns = [...root.fields.map(({ name }) => name), ...functions.compute.keys()]
  if (functions.transform === undefined) text.traces.expect(columns)
  const writer = await createSpool(options.scratch, options.batchRows)
  let spool: Spool
  let counts: MadeCounts
  try {
    counts = await makeAll(source, functions, derivation.onError, options, text, writer)
    spool = await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
  if (counts.made === 0) text.traces.expect(columns)
  const { schema, root: made } = columnsThatAre(traceSchema(text.traces.root))
  return { rows: { root: made, batches: () => shredSpool(spool, schema, made) }, counts }
}

function columnsThatAre(schema: Schema): { readonly schema: Schema; readonly root: RootNode } {
  if (schema.length > 0) return { schema, root: columnsOf(byNames(nameEmpty(schema))).root }
  throw new DaysealError('usage', 'the rows that transform makes have no columns', {
    seen: '{}',
    wanted: 'at least one column, or null for no row',
  })
}

async function makeAll(
  source: RowSource,
  functions: RowFunctions,
  onError: Derivation['onError'],
  options: DeriveOptions,
  text: RowText,
  writer: SpoolWriter,
): Promise<MadeCounts> {
  const objects = new RowObjects(source.root)
  const counts = { read: 0, kept: 0, dropped: 0, rejected: 0, made: 0 }
  const place = { day: undefined as string | undefined, row: 0 }
  for await (const batch of source.batches()) {
    options.signal?.throwIfAborted()
    if (batch.date !== place.day) place.row = 0
    place.day = batch.date
    objects.load(batch)
    const jsonOf = jsonOfBatch(batch)
    for (let i = 0; i < batch.rows; ) {
      for (const made of makeSome(functions, objects, text, batch.rows - i, place)) {
        counts.read++
        place.row++
        const row = i++
        if (made.kind === 'failed') {
          if (onError === 'fail') throw failure(made, place)
          counts.rejected++
          const reason = `${made.where}: ${made.seen}`
          await options.reject({ day: place.day, row: place.row, reason, json: jsonOf(row) })
          continue
        }
        if (made.lines.length === 0) counts.dropped++
        else counts.kept++
        counts.made += made.lines.length
        for (const line of made.lines) {
          const busy = writer.write(line, batch.date)
          if (busy !== undefined) await busy
        }
      }
      await nextTurn()
      options.signal?.throwIfAborted()
    }
  }
  return counts
}

/** Functions run so long, and make so much text, before others have their turn. */
const TURN_MS = 50
const TURN_CHARACTERS = 2 ** 20

/** A function that needs as long for a row will never be done with it. */
const LATE_MS = 5_000

type Place = { readonly day: string | undefined; readonly row: number }

/** What becomes of the next rows: of one at least, of `most` at most, and of none after one that failed. `place`: of the row before. */
function makeSome(
  functions: RowFunctions,
  objects: RowObjects,
  text: RowText,
  most: number,
  place: Place,
): readonly Made[] {
  const some: Made[] = []
  const turn = inTime(LATE_MS, () => {
    const end = performance.now() + TURN_MS
    for (let size = 0; some.length < most && size < TURN_CHARACTERS; ) {
      const made = makeRows(functions, objects.next(), text)
      some.push(made)
      if (made.kind === 'failed' || performance.now() > end) return
      size = made.lines.reduce((sum, line) => sum + line.length, size)
    }
  })
  if (turn.kind === 'given') return some
  const names = [
    ...[...functions.compute.keys()].map((name) => `compute.${name}`),
    ...(functions.transform ? ['transform'] : []),
  ]
  throw new DaysealError(
    'usage',
    `${names.join(' or ')} did not come to an end ${rowNamed({ ...place, row: place.row + some.length + 1 })}`,
    {
      seen: `more than ${LATE_MS / 1000} s`,
      wanted: 'a function that gives its value at once',
    },
  )
}

function rowNamed({ day, row }: Place): string {
  return `for row ${row} of ${day ?? 'the rows of several days'}`
}

function failure({ where, seen, wanted, cause }: Failed, place: Place) {
  const threw = wanted === undefined ? 'threw' : 'gave what no export can hold'
  return new DaysealError('usage', `${where} ${threw} ${rowNamed(place)}`, {
    seen,
    ...(wanted !== undefined && { wanted }),
    hint: "onError: 'reject' leaves such rows out, and keeps them beside the export",
    ...(cause !== undefined && { cause }),
  })
}

/** The text of the batch's rows as the source has them, by their numbers in ascending order. */
function jsonOfBatch(batch: RowBatch): (row: number) => string {
  const rows = jsonRows(batch.root)
  let next = -1
  return (row) => {
    if (next < 0) rows.load(batch)
    next = Math.max(next, 0)
    for (; next < row; next++) rows.skip()
    next++
    const out = new ByteBuffer(2 ** 12)
    rows.write(out)
    return Buffer.from(out.bytes.subarray(0, out.length)).toString('utf8')
  }
}
