import { DaysealError } from '../../errors.ts'

/*
 * Manifests of a bag, RFC 8493, 2.1.3 and 2.2.1: a line per file, its checksum and its path.
 */

/** The checksums that are understood, by the name that a manifest's own name ends with, and their hex digits. */
export const ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['md5', 32],
  ['sha1', 40],
  ['sha256', 64],
  ['sha512', 128],
])

export interface ManifestFile {
  readonly kind: 'payload' | 'tag'
  /** A key of ALGORITHMS, or another. */
  readonly algorithm: string
}

/** What a file of a bag's base directory is the manifest of; undefined when it is none. */
export function manifestFileOf(path: string): ManifestFile | undefined {
  const [, tag, algorithm] = /^(tag)?manifest-([^/]+)\.txt$/.exec(path) ?? []
  return algorithm === undefined ? undefined : { kind: tag === undefined ? 'payload' : 'tag', algorithm }
}

export function manifestLine(checksum: string, path: string): string {
  return `${checksum}  ${path.replace(/[%\r\n]/g, (char) => PERCENT.get(char)!)}\n`
}

/** RFC 8493, 2.1.3: LF, CR and % are encoded, and nothing else. */
const PERCENT: ReadonlyMap<string, string> = new Map([
  ['%', '%25'],
  ['\r', '%0D'],
  ['\n', '%0A'],
])
const CHARACTERS = new Map([...PERCENT].map(([char, code]) => [code, char]))

/**
 * The checksum of each path, in lower case, as a manifest names them.
 * @throws DaysealError `corrupt` for a line that is none, and for a path that is named twice
 */
export function parseManifest(text: string, { kind, algorithm }: ManifestFile): ReadonlyMap<string, string> {
  const checksums = new Map<string, string>()
  for (const line of linesOf(text)) {
    const [, checksum = '', encoded = ''] = /^([0-9A-Fa-f]+)[ \t]+(.+)$/.exec(line) ?? []
    const path = encoded.replace(/%(?:25|0D|0A)/gi, (code) => CHARACTERS.get(code.toUpperCase())!)
    if (checksum.length !== ALGORITHMS.get(algorithm)) throw wrongLine(line, `a ${algorithm} checksum and a path`)
    if ((kind === 'payload') !== path.startsWith('data/')) {
      throw wrongLine(line, kind === 'payload' ? 'a path below data/' : 'a path outside of data/')
    }
    if (checksums.has(path)) throw wrongLine(line, 'each path once')
    checksums.set(path, checksum.toLowerCase())
  }
  return checksums
}

/** Lines end with LF, CR or both (RFC 8493, 2.1.3); an empty one is none. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => line !== '')
}

function wrongLine(line: string, wanted: string): DaysealError {
  return new DaysealError('corrupt', 'a manifest has a line that it may not have', {
    seen: JSON.stringify(line.slice(0, 200)),
    wanted,
  })
}
