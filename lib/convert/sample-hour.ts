import { readAhead } from '../archive/read-ahead.ts'
import { type Line, LineSplitter } from '../shred/lines.ts'
import { narrowProfile } from '../shred/narrow.ts'
import type { Profile } from '../shred/profile.ts'
import { Scanner } from '../shred/scanner.ts'
import { schemaFromJson } from '../shred/schema-json.ts'
import type { Shredder } from '../shred/shredder.ts'
import type { ConvertOptions, ConvertStores, ConvertTask } from './convert-hour.ts'
import { hourShredder } from './hour-shredder.ts'
import { openSource } from './read-source.ts'
import { rulesOf } from './settings.ts'

/** A sample ends when so many bytes of lines brought no new path and made no object a map … */
const QUIET_BYTES = 2 ** 20
/** … or with so many. */
const MOST_BYTES = 2 ** 24

/**
 * What the first lines of an hour hold, until they bring nothing new: enough for the columns that most rows have, and for
 * the objects whose keys are data. A function of the sources' content, the settings and the base schema, as the part is.
 * Lines that are no rows teach nothing; whoever converts the hour accounts for them.
 *
 * Memory: the columns of at most 16 MiB of JSON, one line, and what is read ahead of the next sources (`readAhead`).
 * @throws DaysealError `source` for what cannot be read; `storage`.
 */
export async function sampleHour(
  { sources, settings, base }: ConvertTask,
  { archive }: ConvertStores,
  { signal, scanner = new Scanner() }: ConvertOptions = {},
): Promise<Profile> {
  const { limits } = settings
  const columns = schemaFromJson(base)
  const shredder = hourShredder(settings, { base: columns, fixed: false }, scanner)
  const sample = { lines: 0, bytes: 0, quietFrom: 0, paths: shredder.paths }
  const opened = readAhead(sources, (source) => openSource(archive, source, limits, signal))
  try {
    for await (const { blocks } of opened) {
      if (await takeLines(blocks, shredder, sample, limits.maxLineBytes)) break
    }
    const { profile } = shredder.finish()
    return narrowProfile(columns, profile, rulesOf(settings), { maxPaths: limits.maxPaths, rows: sample.lines })
  } finally {
    shredder.free()
  }
}

interface Sample {
  lines: number
  /** Of lines so far. */
  bytes: number
  /** Where the last line ended that brought something new. */
  quietFrom: number
  paths: number
}

/** Gives the shredder the lines of one object, until the sample is over; returns whether it is. */
async function takeLines(
  blocks: AsyncIterable<Uint8Array>,
  shredder: Shredder,
  sample: Sample,
  maxLineBytes: number,
): Promise<boolean> {
  const splitter = new LineSplitter(maxLineBytes)
  for await (const block of blocks) {
    splitter.push(block)
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
      if (takeLine(line, shredder, sample)) return true
    }
  }
  const last = splitter.end()
  return last !== undefined && takeLine(last, shredder, sample)
}

/** Lines are counted, not blocks: where these end is the store's and the decoder's affair. */
function takeLine({ bytes, start, end, piece, utf8 }: Line, shredder: Shredder, sample: Sample): boolean {
  if (piece === undefined && utf8) shredder.line(bytes, start, end)
  if (shredder.rowGroupFull) shredder.clearRowGroup()
  sample.lines++
  sample.bytes += end - start
  if (shredder.paths !== sample.paths) {
    sample.paths = shredder.paths
    sample.quietFrom = sample.bytes
  }
  return sample.bytes >= MOST_BYTES || sample.bytes - sample.quietFrom >= QUIET_BYTES
}
