import { createHash } from 'node:crypto'
import { attempt } from '../../verify/attempt.ts'
import type { ZipMember } from '../../zip/open-zip.ts'
import { ALGORITHMS, linesOf, type ManifestFile, manifestFileOf, parseManifest } from './bag-manifest.ts'
import { collectProblems, type Problems } from './problems.ts'
import { readText } from './read-text.ts'

export type BagCheck =
  | {
      readonly kind: 'valid'
      /** By path below the base directory: `data/…`. */
      readonly payload: ReadonlyMap<string, BagFile>
      /** bag-info.txt: labels as they are written there, the last of equal ones. */
      readonly info: ReadonlyMap<string, string>
    }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

export interface BagFile {
  readonly member: ZipMember
  readonly sha256: string
}

export interface CheckBagOptions {
  /** Bytes of content that were read, of all. */
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal | undefined
}

interface Manifest extends ManifestFile {
  readonly path: string
  readonly checksums: ReadonlyMap<string, string>
}

const MIB = 2 ** 20
const MAX_MANIFEST_BYTES = 256 * MIB

/**
 * Whether a zip is a bag that is valid by RFC 8493, section 3: BagIt 1.0, complete, every checksum as its manifests say, and
 * Payload-Oxum too. All members are read once, in order. Memory: the manifests, and about 300 bytes per file.
 */
export async function checkBag(members: readonly ZipMember[], options: CheckBagOptions): Promise<BagCheck> {
  const problems = collectProblems()
  const files = filesOfBag(members, problems)
  await checkDeclaration(files.get('bagit.txt'), problems, options.signal)
  const manifests = await readManifests(files, problems, options.signal)
  for (const manifest of manifests) checkComplete(manifest, files, problems)
  const sums = await checkSums(files, manifests, problems, options)
  const payload = new Map([...sums].filter(([path]) => path.startsWith('data/')))
  const info = await readInfo(files.get('bag-info.txt'), problems, options.signal)
  checkOxum(info.get('Payload-Oxum'), payload, problems)
  const found = problems.list()
  return found.length === 0 ? { kind: 'valid', payload, info } : { kind: 'invalid', problems: found }
}

/** By path in the base directory, which is the one folder of the zip (RFC 8493, 4), or the zip itself. */
function filesOfBag(members: readonly ZipMember[], problems: Problems): ReadonlyMap<string, ZipMember> {
  const bases = members.flatMap(
    ({ path }) => /^([^/]+\/)?bagit\.txt$/.exec(path)?.[1] ?? (path === 'bagit.txt' ? '' : []),
  )
  const [base] = bases
  if (base === undefined || bases.length > 1) {
    problems.add(base === undefined ? 'there is no bagit.txt' : `there are ${bases.length} bags in one zip`)
    return new Map()
  }
  const beside = members.filter(({ path }) => !path.startsWith(base))
  for (const { path } of beside) problems.add(`${quoted(path)} lies beside the bag`)
  return new Map(
    members.filter(({ path }) => path.startsWith(base)).map((member) => [member.path.slice(base.length), member]),
  )
}

async function checkDeclaration(
  member: ZipMember | undefined,
  problems: Problems,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (member === undefined) return
  const read = await attempt(() => readText(member, MIB), signal)
  if (read.kind === 'broken') return problems.add(read.message)
  const [version, encoding, ...rest] = linesOf(read.value)
  if (version !== 'BagIt-Version: 1.0') problems.add(`bagit.txt: seen ${quoted(version)}, wanted BagIt-Version: 1.0`)
  if (encoding !== 'Tag-File-Character-Encoding: UTF-8' || rest.length > 0) {
    problems.add(`bagit.txt: seen ${quoted(encoding)}, wanted Tag-File-Character-Encoding: UTF-8 as its last line`)
  }
}

async function readManifests(
  files: ReadonlyMap<string, ZipMember>,
  problems: Problems,
  signal: AbortSignal | undefined,
): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = []
  for (const [path, member] of files) {
    const file = manifestFileOf(path)
    if (file === undefined) continue
    if (!ALGORITHMS.has(file.algorithm)) {
      problems.add(
        `${quoted(path)}: checksums of a kind that is not known, wanted ${[...ALGORITHMS.keys()].join(', ')}`,
      )
      continue
    }
    const read = await attempt(async () => parseManifest(await readText(member, MAX_MANIFEST_BYTES), file), signal)
    if (read.kind === 'broken') problems.add(`${path}: ${read.message}`)
    else manifests.push({ ...file, path, checksums: read.value })
  }
  if (files.size > 0 && !manifests.some(({ kind }) => kind === 'payload')) {
    problems.add('there is no payload manifest that can be read')
  }
  return manifests
}

/** RFC 8493, 3: what a manifest lists is there, and each payload manifest lists all of the payload. */
function checkComplete(
  { kind, path, checksums }: Manifest,
  files: ReadonlyMap<string, ZipMember>,
  problems: Problems,
): void {
  for (const listed of checksums.keys()) {
    if (!files.has(listed)) problems.add(`${quoted(listed)} is missing, which ${path} lists`)
    else if (manifestFileOf(listed)?.kind === 'tag') problems.add(`${path} lists ${listed}, which no manifest may`)
  }
  if (kind === 'tag') return
  for (const file of files.keys()) {
    if (file.startsWith('data/') && !checksums.has(file)) problems.add(`${quoted(file)} is in no line of ${path}`)
  }
}

async function checkSums(
  files: ReadonlyMap<string, ZipMember>,
  manifests: readonly Manifest[],
  problems: Problems,
  { onProgress, signal }: CheckBagOptions,
): Promise<ReadonlyMap<string, BagFile>> {
  const algorithms = [...new Set(['sha256', ...manifests.map(({ algorithm }) => algorithm)])]
  const total = [...files.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  const found = new Map<string, BagFile>()
  let done = 0
  for (const [path, member] of files) {
    const hashes = algorithms.map((algorithm) => [algorithm, createHash(algorithm)] as const)
    const read = await attempt(async () => {
      for await (const chunk of member.read()) {
        signal?.throwIfAborted()
        for (const [, hash] of hashes) hash.update(chunk)
        done += chunk.length
        onProgress(done, total)
      }
    }, signal)
    if (read.kind === 'broken') {
      problems.add(read.message)
      continue
    }
    const digests = new Map(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]))
    found.set(path, { member, sha256: digests.get('sha256')! })
    for (const { algorithm, checksums, path: manifest } of manifests) {
      const wanted = checksums.get(path)
      const seen = digests.get(algorithm)
      if (wanted !== undefined && wanted !== seen) {
        problems.add(`${quoted(path)}: seen ${algorithm} ${seen}, wanted ${wanted} (${manifest})`)
      }
    }
  }
  return found
}

/** `Label: value`; a line that begins with white space goes on with the value before (RFC 8493, 2.2.2). */
async function readInfo(
  member: ZipMember | undefined,
  problems: Problems,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (member === undefined) return new Map()
  const read = await attempt(() => readText(member, MIB), signal)
  if (read.kind === 'broken') {
    problems.add(read.message)
    return new Map()
  }
  const info = new Map<string, string>()
  let last: string | undefined
  for (const line of linesOf(read.value)) {
    const [, label, value = ''] = /^([^:\s][^:]*?)[ \t]*:[ \t]*(.*)$/.exec(line) ?? []
    if (label !== undefined) {
      info.set(label, value)
      last = label
    } else if (last !== undefined && /^[ \t]/.test(line)) info.set(last, `${info.get(last)} ${line.trim()}`)
    else problems.add(`bag-info.txt: ${quoted(line)} is no line of it`)
  }
  return info
}

function checkOxum(oxum: string | undefined, payload: ReadonlyMap<string, BagFile>, problems: Problems): void {
  if (oxum === undefined) return
  const bytes = [...payload.values()].reduce((sum, { member }) => sum + member.bytes, 0)
  const seen = `${bytes}.${payload.size}`
  if (oxum !== seen) problems.add(`Payload-Oxum: seen ${seen}, wanted ${quoted(oxum)} (bag-info.txt)`)
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 300))
}
