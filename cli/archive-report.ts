import type { WrittenArchive } from '../lib/export/archive/archive-days.ts'
import type { ArchiveCheck } from '../lib/export/archive/check-archive.ts'
import type { BaggedDay } from '../lib/export/archive/check-contents.ts'
import { bytes, counted } from './amounts.ts'
import type { Result } from './context.ts'
import { type Line, line, styled } from './line.ts'

export function archiveLines(name: string, location: string, written: WrittenArchive): readonly string[] {
  const { key, days, files, payloadBytes, skipped } = written
  const sources = sourcesIn(days)
  return [
    `${name}  archived ${counted(days.length, 'day')}: ${counted(files, 'file')} (${bytes(payloadBytes)})${sources > 0 ? `, ${sources} of them source files` : ''}`,
    `  zip     ${location.replace(/\/$/, '')}/${key} (${bytes(written.bytes)}), read back`,
    `  sha256  ${written.sha256}`,
    ...(skipped.length > 0 ? [`  left out, not sealed: ${skipped.join(', ')}`] : []),
  ]
}

export function archiveJson(location: string, written: WrittenArchive): Result['json'] {
  const { key, sha256, files, payloadBytes, days, skipped } = written
  return {
    location,
    key,
    bytes: written.bytes,
    sha256,
    files,
    payload_bytes: payloadBytes,
    days: days.map(dayJson),
    skipped,
  }
}

export function checkLines(name: string, check: ArchiveCheck): readonly Line[] {
  if (check.kind === 'invalid') {
    const cross = styled('red', '✗')
    return [`${name}: not valid`, ...check.problems.map((problem) => line`  ${cross} ${problem}`)]
  }
  const { files, bagInfo, days } = check
  const sources = sourcesIn(days)
  const what = [`${counted(files, 'file')} (${bytes(check.bytes)}), every checksum as the bag says`]
  const identifier = bagInfo.get('External-Identifier')
  if (identifier !== undefined) what.push(`it calls itself ${identifier}`)
  if (days.length > 0) {
    const [first, last] = [days[0]!.date, days.at(-1)!.date]
    const range = first === last ? first : `${first} to ${last}`
    const also = sources > 0 ? `, ${counted(sources, 'source file')} as sealed` : ''
    what.push(
      `${counted(days.length, 'sealed day')} (${range}), as ${days.length === 1 ? 'its manifest says' : 'their manifests say'}${also}`,
    )
  }
  return [`${name}: valid`, ...what.map((text) => line`  ${styled('green', '✓')} ${text}`)]
}

export function checkJson(check: ArchiveCheck): Result['json'] {
  const { key, size } = check.info
  if (check.kind === 'invalid') return { key, bytes: size, valid: false, problems: check.problems }
  const { files, bagInfo, days } = check
  return {
    key,
    bytes: size,
    valid: true,
    files,
    payload_bytes: check.bytes,
    bag_info: Object.fromEntries(bagInfo),
    days: days.map(dayJson),
  }
}

function dayJson({ date, dataset, generation, hasData, sources }: BaggedDay) {
  return { date_utc: date, dataset, generation, has_data: hasData, sources: sources.size }
}

function sourcesIn(days: readonly BaggedDay[]): number {
  return days.reduce((sum, { sources }) => sum + sources.size, 0)
}
