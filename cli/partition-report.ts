import type { PartitionOutcome } from '../lib/intake/partition-outcome.ts'
import type { HoldCause, PartitionedUpload } from '../lib/intake/upload-ledger.ts'
import { counted } from './amounts.ts'
import type { Result } from './context.ts'
import { type Line, line, styled } from './line.ts'

/** What became of an upload, for people. `about` is what it is called. */
export function partitionLines(about: string, outcome: PartitionOutcome): readonly Line[] {
  const name = styled('bold', about)
  switch (outcome.kind) {
    case 'partitioned': {
      const { ledger, retired } = outcome
      return [
        line`${name}  ${styled('green', 'partitioned')}  ${relationText(ledger)}${amounts(ledger)}`,
        ...quarantineLines(ledger),
        ...retired.map((one) => `  in the place of version ${one.seq} of ${one.upload.key}: ${amounts(one)}`),
      ]
    }
    case 'already-partitioned':
      return [
        line`${name}  already partitioned  ${relationText(outcome.ledger)}${amounts(outcome.ledger)}`,
        ...quarantineLines(outcome.ledger),
      ]
    case 'refused':
      return [line`${name}  ${styled('red', 'refused')}  ${outcome.ledger.reason}`]
    case 'superseded':
      return [line`${name}  was replaced or removed while it was read: run again once nothing writes to it`]
    case 'held': {
      const { cause, reason } = outcome.ledger
      return [line`${name}  ${styled('red', 'held')}  ${reason}`, ...WAYS_OUT[cause].map((way) => `  ${way}`)]
    }
  }
}

/** What a person can do about an upload that is held. */
const WAYS_OUT: Readonly<Record<HoldCause, readonly string[]>> = {
  'lines-in-common': [
    '--replace: it takes the place of that',
    '--keep:    both count',
    '`onReplace` of the dataset decides for all such uploads',
  ],
  'fewer-events': [
    'mend --timestamp, --time-form or --format (in a configuration `uploads`) if they are wrong',
    '--replace: it takes the place of those all the same',
  ],
  'quarantine-share': [
    'mend --timestamp, --time-form or --format (in a configuration `uploads`), or the file, if they are wrong',
    '--max-quarantine SHARE (`limits.maxQuarantineShare`): the others are quarantined, and it counts',
  ],
}

/** What an upload is to another one, before its amounts. */
function relationText({ relation, of }: PartitionedUpload): string {
  if (of === undefined) return ''
  const other = of.key
  if (relation === 'same') return `the same as ${other}, counted once: `
  if (relation === 'contained') return `the beginning of ${other}, adds nothing to its `
  return relation === 'grown' ? `has grown from ${other} by ` : ''
}

export function partitionJson(key: string, outcome: PartitionOutcome): Result['json'] {
  if (outcome.kind === 'superseded') return { upload: key, outcome: outcome.kind }
  const { ledger } = outcome
  const head = { upload: key, outcome: outcome.kind, id: ledger.id }
  if (ledger.outcome === 'held') return { ...head, cause: ledger.cause, reason: ledger.reason, days: ledger.dates }
  if (ledger.outcome === 'refused') return { ...head, version: ledger.seq, reason: ledger.reason }
  const { events, slices, quarantine, relation, of, retires = [] } = ledger
  return {
    ...head,
    version: ledger.seq,
    events,
    slices: slices.length,
    days: daysOf(ledger),
    quarantine: quarantine?.key ?? null,
    relation: relation ?? null,
    of: of ?? null,
    retires,
  }
}

/** 4 for what cannot be read, or hardly; 3 for what a person has to decide; 5 for what changed under the reader. */
export function partitionExitCode(outcome: PartitionOutcome): number {
  if (outcome.kind === 'held') return outcome.ledger.cause === 'quarantine-share' ? 4 : 3
  const codes = { partitioned: 0, 'already-partitioned': 0, refused: 4, superseded: 5 }
  return codes[outcome.kind]
}

function amounts(ledger: PartitionedUpload): string {
  const days = daysOf(ledger)
  const of =
    days.length === 0
      ? ''
      : ` of ${days.length === 1 ? days[0] : `${counted(days.length, 'day')}, ${days[0]} to ${days.at(-1)}`}`
  return `${counted(ledger.events.sliced, 'event')}${of}, in ${counted(ledger.slices.length, 'slice')}`
}

function quarantineLines({ events, quarantine }: PartitionedUpload): readonly Line[] {
  if (quarantine === null) return []
  const reasons = Object.entries(events.quarantined).map(([reason, lines]) => `${lines} ${reason}`)
  const text = `${counted(quarantine.lines, 'line')} quarantined: ${reasons.join(', ')}`
  return [line`  ${styled('yellow', text)}`, `  in ${quarantine.key}`]
}

function daysOf({ slices }: PartitionedUpload): readonly string[] {
  return [...new Set(slices.map(({ date }) => date))].sort()
}
