import type { ColumnChunk } from 'hyparquet'
import { DaysealError } from '../errors.ts'
import { type Levels, rootLevels, siblingLevels } from '../shred/null-levels.ts'
import { type Schema, sameSchema } from '../shred/type.ts'
import { columnChunk, encodeNullChunk } from './chunk.ts'
import { type ByteSink, createFileBody, type FileBody, type FileSummary } from './file-body.ts'
import { type LeafSource, planJoin } from './join-plan.ts'
import type { KeyValues } from './key-values.ts'
import {
  type JoinPart,
  type OpenPart,
  openPart,
  type PartChunk,
  type PartForm,
  type PartRowGroup,
  partForm,
  readPieces,
  readRange,
} from './part.ts'
import { levelsOf } from './part-levels.ts'
import { type Leaf, leavesOf, ROOT } from './schema.ts'

export type { JoinPart } from './part.ts'

export interface JoinOptions {
  /** The columns of the joined file, in order. */
  readonly schema: Schema
  /** In the order of their rows. */
  readonly parts: readonly JoinPart[]
  readonly sink: ByteSink
  readonly createdBy: string
  /** What the joined file says of itself besides its columns. */
  readonly about?: KeyValues | undefined
  /** Called after each row group. */
  readonly onProgress?: (progress: JoinProgress) => void
}

/** What is done so far; `partsDone` counts the parts before the present one. */
export interface JoinProgress {
  readonly partsDone: number
  readonly rowGroups: number
  readonly rows: number
  readonly bytes: number
}

/**
 * Joins files by row group, without decoding a value: chunks are copied byte for byte, runs of adjacent ones with one
 * read; columns that a part lacks become chunks of nulls. The result is, to the byte, what one writer would have written of
 * the same batches. Memory: the pieces that `part.read` gives, 2 MiB, the footer so far, a footer as objects, what
 * `openPart` holds of four parts, and, where a nested column is missing, one chunk beside it with its levels and, per place
 * where columns are missing, those of the nulls.
 * @throws DaysealError `corrupt` when a part is not the file it should be, `internal` when one of its columns has
 * another type than the schema's; whatever the parts and the sink throw.
 */
export async function joinParts({
  schema,
  parts,
  sink,
  createdBy,
  about,
  onProgress,
}: JoinOptions): Promise<FileSummary> {
  const leaves = leavesOf(schema)
  const body = createFileBody({ schema, sink, createdBy, about })
  let rowGroups = 0
  let rows = 0
  let partsDone = 0
  let form: JoinForm | undefined
  for (const opening of openings(parts)) {
    const opened = await opening
    form = joinForm(schema, opened.part, form)
    const plan = { part: opened.part, ...form }
    for (const group of opened.rowGroups(form)) {
      await joinRowGroup(leaves, plan, group, body)
      rowGroups++
      rows += group.rows
      onProgress?.({ partsDone, rowGroups, rows, bytes: body.offset })
    }
    opened.close()
    partsDone++
  }
  return body.finish()
}

/** What parts with the same columns share. */
interface JoinForm extends PartForm {
  readonly schema: Schema
  readonly sources: readonly LeafSource[]
}

interface PartPlan extends JoinForm {
  readonly part: JoinPart
}

/** So many parts are being opened while one is copied: in a bucket that is waiting. */
const PARTS_AHEAD = 3

/** Begins to open each part ahead of its turn. Whoever comes to it gets the error; until then nobody has to. */
function* openings(parts: readonly JoinPart[]): Generator<Promise<OpenPart>, void, void> {
  const begun: Promise<OpenPart>[] = []
  for (const part of parts) {
    const opening = openPart(part)
    opening.catch(() => undefined)
    begun.push(opening)
    if (begun.length > PARTS_AHEAD) yield begun.shift()!
  }
  yield* begun
}

function joinForm(target: Schema, { schema, name }: JoinPart, before: JoinForm | undefined): JoinForm {
  if (before !== undefined && sameSchema(schema, before.schema)) return before
  return { schema, ...partForm(schema), sources: planJoin(target, schema, name) }
}

async function joinRowGroup(
  leaves: readonly Leaf[],
  plan: PartPlan,
  group: PartRowGroup,
  body: FileBody,
): Promise<void> {
  const start = body.offset
  const columns: ColumnChunk[] = []
  const levelsFor = nullLevels(plan, group)
  while (columns.length < leaves.length) {
    const source = plan.sources[columns.length]!
    if (source.kind === 'copy') {
      const run = runOf(plan.sources, columns.length, group)
      const [first, last] = [run[0]!, run.at(-1)!]
      const shift = body.offset - first.start
      for (const chunk of run) columns.push(moved(chunk, shift, leaves[columns.length]!))
      for await (const piece of readPieces(plan.part, first.start, last.end)) await body.append(piece)
    } else {
      const leaf = leaves[columns.length]!
      const chunk = encodeNullChunk(leaf, await levelsFor(source))
      assertRows(plan.part, leaf, chunk.rows, group.rows)
      columns.push(columnChunk(leaf, chunk, body.offset))
      for (const piece of chunk.pieces) await body.append(piece)
    }
  }
  body.endRowGroup(columns, group.rows, start)
}

/** The levels came from a chunk that the part has: if they are of other rows, it is not what its footer says. */
function assertRows(part: JoinPart, leaf: Leaf, seen: number, wanted: number): void {
  if (seen === wanted) return
  throw new DaysealError('corrupt', `part ${part.name} has other rows beside ${leaf.path.join('.')} than it should`, {
    seen: `${seen}`,
    wanted: `${wanted}`,
  })
}

/** The chunks from leaf `from` on that are copied and lie side by side in the part: at least the first. */
function runOf(sources: readonly LeafSource[], from: number, group: PartRowGroup): readonly PartChunk[] {
  const run: PartChunk[] = []
  for (let i = from; i < sources.length; i++) {
    const source = sources[i]!
    const chunk = source.kind === 'copy' ? group.chunks[source.index] : undefined
    if (chunk === undefined || (run.length > 0 && chunk.start !== run.at(-1)!.end)) break
    run.push(chunk)
  }
  return run
}

/** The chunk as the joined file names it: a part may have another name for a column whose key is empty. */
function moved({ meta, start, dataStart }: PartChunk, shift: number, { path }: Leaf): ColumnChunk {
  const meta_data = { ...meta, path_in_schema: [...path], data_page_offset: BigInt(dataStart + shift) }
  if (start < dataStart) meta_data.dictionary_page_offset = BigInt(start + shift)
  return { file_offset: 0n, meta_data }
}

/** The levels of missing leaves in one row group: those in one ancestor share them. */
function nullLevels({ part, leaves }: PartPlan, group: PartRowGroup) {
  const known = new Map([[ROOT.id, rootLevels(group.rows)]])
  return async ({ shared, siblings }: LeafSource & { kind: 'nulls' }): Promise<Levels> => {
    const found = known.get(shared.id)
    if (found !== undefined) return found
    const sibling = smallest(siblings, group)
    const { dataStart, end, meta } = group.chunks[sibling]!
    const pages = await readRange(part, dataStart, end)
    const levels = siblingLevels(levelsOf(leaves[sibling]!, pages, Number(meta.num_values)), shared)
    known.set(shared.id, levels)
    return levels
  }
}

/** The sibling that takes least to read. */
function smallest(siblings: readonly number[], { chunks }: PartRowGroup): number {
  const size = (index: number) => chunks[index]!.end - chunks[index]!.dataStart
  return siblings.reduce((least, index) => (size(index) < size(least) ? index : least))
}
