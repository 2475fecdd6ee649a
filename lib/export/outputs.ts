import { DaysealError } from '../errors.ts'
import type { Format } from './format.ts'
import type { FormatOptions } from './format-options.ts'
import { loadFormat } from './formats.ts'
import { fileCodec } from './output/compress.ts'
import { encryption } from './output/encrypt.ts'
import type { ExportSettings } from './settings.ts'
import type { Output } from './write-files.ts'

/** An output that has no name yet. */
export type NamelessOutput = Omit<Output, 'key'>

/**
 * The formats of an export with what their bytes go through: compression where the format is not compressed itself, then
 * encryption.
 * @throws DaysealError `usage` for a level or recipient that is none, and for compression that no format takes
 */
export async function planOutputs(settings: ExportSettings): Promise<readonly NamelessOutput[]> {
  const { compression, encryptTo } = settings
  const formats = settings.formats.map((options) => withIndexes(options, settings))
  const codec = fileCodec(compression)
  const encrypt = encryptTo.length === 0 ? undefined : await encryption(encryptTo)
  const loaded = await Promise.all(formats.map(async (options) => ({ options, format: await loadFormat(options) })))
  if (codec !== undefined && !loaded.some(({ format }) => format.compressible)) {
    throw new DaysealError(
      'usage',
      `${formats.map(({ format }) => format).join(' and ')} cannot be compressed as a whole`,
      {
        seen: compression.codec,
        wanted: 'no compression: such a file is compressed inside, or opened where it lies',
      },
    )
  }
  const extensions = loaded.map(({ format }) => format.extension)
  return loaded.map(({ options, format }, i): NamelessOutput => {
    const own = codec !== undefined && format.compressible ? codec : undefined
    const isShared = extensions.filter((extension) => extension === extensions[i]).length > 1
    return {
      options,
      format,
      extension: extensionOf(options, format, isShared, [own?.extension, encrypt && 'age']),
      compression: { codec: own === undefined ? 'none' : compression.codec, level: own?.level ?? null },
      transformations: [...(own ? [own.transform] : []), ...(encrypt ? [encrypt] : [])],
    }
  })
}

/** A table of merged rows is looked up by its keys, as far as they are in it under their own names. */
function withIndexes(options: FormatOptions, { incremental, columns, exclude, rename }: ExportSettings): FormatOptions {
  if (options.format !== 'sqlite' || options.indexes.length > 0 || incremental === undefined) return options
  const isThere = (key: string) =>
    (columns?.includes(key) ?? true) && !exclude.includes(key) && !Object.hasOwn(rename, key)
  return { ...options, indexes: incremental.keys.filter(isThere) }
}

/** Of two formats with one extension each has its name before it: `.elasticsearch.ndjson`. */
function extensionOf(
  { format: name }: FormatOptions,
  { extension }: Format<FormatOptions>,
  isShared: boolean,
  more: readonly (string | undefined)[],
): string {
  return ['', ...(isShared ? [name] : []), extension, ...more.filter((part) => part !== undefined)].join('.')
}
