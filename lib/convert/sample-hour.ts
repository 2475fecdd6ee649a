import { type Line, LineSplitter } from '../shred/lines.ts'
import type { Profile } from '../shred/profile.ts'
import { Scanner } from '../shred/scanner.ts'
import { schemaFromJson } from '../shred/schema-json.ts'
import { Shredder } from '../shred/shredder.ts'
import type { ConvertOptions, ConvertStores, ConvertTask } from './convert-hour.ts'
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
 * Memory: the columns of at most 16 MiB of JSON, and one line.
 * @throws DaysealError `source` for what cannot be read; `storage`.
 */
export async function sampleHour(
  { sources, settings, base }: ConvertTask,
  { archive }: ConvertStores,
  { signal, scanner = new Scanner() }: ConvertOptions = {},
): Promise<Profile> {
  const { limits, rowGroupBytes } = settings
  const shredder = new Shredder({
    rules: rulesOf(settings),
    base: schemaFromJson(base),
    fixed: false,
    limits: { ...limits, rowGroupBytes },
    scanner,
  })
  try {
    let bytes = 0
    let quietSince = { bytes, paths: shredder.paths }
    for (const source of sources) {
      const { blocks } = openSource(archive, source, limits, signal)
      for await (const length of takeBlocks(blocks, shredder, limits.maxLineBytes)) {
        bytes += length
        if (shredder.paths !== quietSince.paths) quietSince = { bytes, paths: shredder.paths }
        if (bytes >= MOST_BYTES || bytes - quietSince.bytes >= QUIET_BYTES) return shredder.finish().profile
      }
    }
    return shredder.finish().profile
  } finally {
    shredder.free()
  }
}

/** Gives the shredder the lines of one object, and says of each block how long it was. */
async function* takeBlocks(
  blocks: AsyncIterable<Uint8Array>,
  shredder: Shredder,
  maxLineBytes: number,
): AsyncGenerator<number> {
  const splitter = new LineSplitter(maxLineBytes)
  for await (const block of blocks) {
    splitter.push(block)
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) takeLine(line, shredder)
    yield block.length
  }
  const last = splitter.end()
  if (last !== undefined) takeLine(last, shredder)
}

function takeLine({ bytes, start, end, piece, utf8 }: Line, shredder: Shredder): void {
  if (piece === undefined && utf8) shredder.line(bytes, start, end)
  if (shredder.rowGroupFull) shredder.clearRowGroup()
}
