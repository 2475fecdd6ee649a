import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { createFileWriter } from '../../lib/parquet/file-writer.ts'
import { type JoinPart, joinParts } from '../../lib/parquet/join.ts'
import type { ColumnBatch } from '../../lib/shred/batch.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { type HourOfLines, shredAll } from './lines.ts'
import type { Micro } from './repeat.ts'

const CREATED_BY = 'bench version 0 (build 0)'
const PARTS = 24

/** Columns → a Parquet file in memory, beside the (de)compression that cannot be done without; and the join of 24 such files. */
export async function fileMicros(hours: readonly HourOfLines[]): Promise<Micro[]> {
  const micros: Micro[] = []
  for (const { name, text, blocks, schema } of hours) {
    const amount = { bytes: text.length }
    const shredder = shredAll(blocks, schema)
    const batch = shredder.rowGroup()
    if (batch === undefined) throw new Error('the lines made no columns')
    const part = await encode(batch, batch.schema)
    const zipped = gzipSync(text)
    micros.push(
      { name: `gunzip alone, ${name}`, amount, work: () => gunzipSync(zipped).length },
      { name: `zstd of the JSON alone, ${name}`, amount, work: () => zstdCompressSync(text).length },
      { name: `encode: columns to Parquet, ${name}`, amount, work: () => encode(batch, batch.schema) },
      joinMicro(`join: ${PARTS} parts (MB of Parquet), ${name}`, part, batch, batch.schema),
      joinMicro(`join: ${PARTS} parts that lack a column, ${name}`, part, batch, withMore(batch.schema)),
    )
  }
  return micros
}

async function encode(batch: ColumnBatch, schema: Schema): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const sink = { write: async (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes)) }
  const file = createFileWriter({ schema, sink, createdBy: CREATED_BY })
  await file.writeRowGroup(batch)
  await file.finish()
  return Buffer.concat(pieces)
}

function joinMicro(name: string, file: Buffer, { rows, schema }: ColumnBatch, joined: Schema): Micro {
  const parts = Array.from({ length: PARTS }, (_, i): JoinPart => {
    const read = async function* (start: number, end: number) {
      yield file.subarray(start, end)
    }
    return { name: `part ${i}`, size: file.length, rows, schema, read }
  })
  const sink = { write: async () => {} }
  const work = async () => (await joinParts({ schema: joined, parts, sink, createdBy: CREATED_BY })).bytes
  return { name, amount: { bytes: file.length * PARTS }, work }
}

/** One column more at the top, and one in the first struct or list of structs. */
function withMore(schema: Schema): Schema {
  const late = { key: 'late', name: 'late', type: { kind: 'string' } } as const
  const nested = schema.findIndex(({ type }) => type.kind === 'list' && type.element.kind === 'struct')
  const widened = schema.map((field, i) => {
    const { type } = field
    if (i !== nested || type.kind !== 'list' || type.element.kind !== 'struct') return field
    return { ...field, type: { ...type, element: { ...type.element, fields: [...type.element.fields, late] } } }
  })
  return [...widened, late]
}
