import { styleText } from 'node:util'
import type { PartitionOutcome } from '../lib/intake/partition-upload.ts'
import type { PartitionedUpload } from '../lib/intake/upload-ledger.ts'
import { counted } from './amounts.ts'
import type { Output, Result } from './context.ts'

/** What became of an upload, for people. `about` is what it is called. */
export function partitionLines(about: string, outcome: PartitionOutcome, stream: Output): string[] {
  const name = styleText('bold', about, { stream })
  switch (outcome.kind) {
    case 'partitioned': {
      const { ledger, replaced } = outcome
      return [
        `${name}  ${styleText('green', 'partitioned', { stream })}  ${amounts(ledger)}`,
        ...quarantineLines(ledger, stream),
        ...(replaced === undefined ? [] : [`  in the place of version ${replaced.seq}: ${amounts(replaced)}`]),
      ]
    }
    case 'already-partitioned':
      return [`${name}  already partitioned  ${amounts(outcome.ledger)}`, ...quarantineLines(outcome.ledger, stream)]
    case 'refused':
      return [`${name}  ${styleText('red', 'refused', { stream })}  ${outcome.ledger.reason}`]
    case 'superseded':
      return [`${name}  was replaced or removed while it was read: run again once nothing writes to it`]
    case 'name-taken':
      return [
        `${name}  has another content than when it was partitioned (${amounts(outcome.ledger)})`,
        '  --replace: it is a new version, and takes the place of the old one',
        '  --name N:  it is another upload, called N; both count',
      ]
  }
}

export function partitionJson(key: string, outcome: PartitionOutcome): Result['json'] {
  if (outcome.kind === 'superseded') return { upload: key, outcome: outcome.kind }
  const { ledger } = outcome
  const head = { upload: key, outcome: outcome.kind, id: ledger.id, version: ledger.seq }
  if (ledger.outcome === 'refused') return { ...head, reason: ledger.reason }
  const { events, slices, quarantine } = ledger
  const replaced = outcome.kind === 'partitioned' && outcome.replaced ? { replaced: outcome.replaced.id } : {}
  return {
    ...head,
    events,
    slices: slices.length,
    days: daysOf(ledger),
    quarantine: quarantine?.key ?? null,
    ...replaced,
  }
}

/** 4 for what cannot be read, 3 for what must not be replaced, 5 for what changed under the reader. */
export function partitionExitCode({ kind }: PartitionOutcome): number {
  const codes = { partitioned: 0, 'already-partitioned': 0, refused: 4, 'name-taken': 3, superseded: 5 }
  return codes[kind]
}

function amounts(ledger: PartitionedUpload): string {
  const days = daysOf(ledger)
  const of =
    days.length === 0
      ? ''
      : ` of ${days.length === 1 ? days[0] : `${counted(days.length, 'day')}, ${days[0]} to ${days.at(-1)}`}`
  return `${counted(ledger.events.sliced, 'event')}${of}, in ${counted(ledger.slices.length, 'slice')}`
}

function quarantineLines({ events, quarantine }: PartitionedUpload, stream: Output): string[] {
  if (quarantine === null) return []
  const reasons = Object.entries(events.quarantined).map(([reason, lines]) => `${lines} ${reason}`)
  const text = `${counted(quarantine.lines, 'line')} quarantined: ${reasons.join(', ')}`
  return [`  ${styleText('yellow', text, { stream })}`, `  in ${quarantine.key}`]
}

function daysOf({ slices }: PartitionedUpload): readonly string[] {
  return [...new Set(slices.map(({ date }) => date))].sort()
}
