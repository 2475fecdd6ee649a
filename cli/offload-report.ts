import type { OffloadOutcome } from '../lib/export/archive/offload-day.ts'
import type { OffloadPlan } from '../lib/export/archive/plan-offload.ts'
import { bytes, counted } from './amounts.ts'
import type { Result } from './context.ts'
import { type Line, line, styled } from './line.ts'

/** 1: the day does not verify. 3: source files that are not as the zip holds them were not deleted. */
export function offloadExitCode(outcome: OffloadOutcome): number {
  if (outcome.kind === 'not-verified') return 1
  return outcome.kind === 'offloaded' && outcome.deleted.kept.length > 0 ? 3 : 0
}

export function offloadLines(about: string, location: string, outcome: OffloadOutcome): readonly Line[] {
  if (outcome.kind === 'not-verified') {
    const failed = outcome.verdict.checks.filter(({ result }) => result === 'failed')
    return [
      `dayseal: ${about}: not offloaded: the day does not verify`,
      ...failed.map(({ id, seen, wanted }) => `  ${id}: seen ${seen}; wanted ${wanted}`),
    ]
  }
  const { zips, gone } = outcome
  const zipLine = (key: string, how = '') => `  zip      ${location.replace(/\/$/, '')}/${key}${how}`
  const before = gone > 0 ? [`  gone     ${counted(gone, 'source file')}, before this run`] : []
  if (outcome.kind === 'already-offloaded') {
    if (zips.length > 0) return [`${about}  already offloaded`, ...zips.map((key) => zipLine(key))]
    return [`${about}  no source files to offload`, ...before]
  }
  const { written, deleted } = outcome
  const added =
    written === null
      ? 'offloaded before'
      : `offloaded ${counted(written.files, 'source file')} (${bytes(written.sourceBytes)})`
  return [
    `${about}  ${added}`,
    ...zips.map((key) => zipLine(key, key === written?.key ? ', read back' : ', checked')),
    ...(written === null ? [] : [`  sha256   ${written.sha256}`]),
    ...(deleted.files > 0 ? [`  deleted  ${counted(deleted.files, 'source file')} (${bytes(deleted.bytes)})`] : []),
    ...deleted.kept.map((key) => line`  ${styled('yellow', `kept     ${key}: it changed since; seal the day again`)}`),
    ...before,
  ]
}

export function offloadJson(location: string, outcome: OffloadOutcome): Result['json'] {
  if (outcome.kind === 'not-verified') return { outcome: outcome.kind, verdict: outcome.verdict }
  const { kind, generation, zips, gone } = outcome
  const head = { outcome: kind, generation, location, zips, gone }
  if (kind === 'already-offloaded') return { ...head, written: null, deleted: { files: 0, bytes: 0, kept: [] } }
  const { written, deleted } = outcome
  if (written === null) return { ...head, written, deleted }
  const { sourceBytes, ...zip } = written
  return { ...head, written: { ...zip, source_bytes: sourceBytes }, deleted }
}

/** What an offload would do. */
export function planLine(
  about: string,
  { generation, files, bytes: size, zips }: OffloadPlan,
  deletes: boolean,
): string {
  if (generation === null) return `${about}  not sealed: it would be left alone`
  if (files === 0) return `${about}  no source files left in the archive`
  const what = `${counted(files, 'source file')} (${bytes(size)})`
  const there = zips.length > 0 ? ` (there already: ${zips.join(', ')})` : ''
  return `${about}  would verify the day, ${zips.length > 0 ? 'check' : 'write'} its zip${there}${deletes ? `, and delete ${what}` : ` of ${what}`}`
}

export function planJson({ generation, files, bytes: size, gone, zips }: OffloadPlan): Result['json'] {
  return { outcome: 'planned', generation, files, bytes: size, gone, zips }
}
