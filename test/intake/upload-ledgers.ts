import type { PartitionedUpload, RefusedUpload } from '../../lib/intake/upload-ledger.ts'

const HEX = '0123456789abcdef'

/** 32 hex digits, for an id. */
export function idOf(digit: string): string {
  return digit.repeat(32)
}

/** A ledger of one slice: what a test does not say, it does not mind. */
export function partitionedUpload(said: {
  readonly key?: string
  readonly etag?: string
  readonly id?: string
  readonly seq?: number
}): PartitionedUpload {
  const { key = 'uploads/a.jsonl', etag = 'e1', id = idOf('a'), seq = 1 } = said
  return {
    ...version({ key, etag, id, seq }),
    outcome: 'partitioned',
    events: { read: 3, sliced: 2, quarantined: { no_timestamp: 1 }, blank: 0 },
    slices: [
      {
        key: `20250314/05/${id}.jsonl.gz`,
        date: '2025-03-14',
        hour: '05',
        rows: 2,
        bytes: 40,
        sha256: HEX.repeat(4),
      },
    ],
    quarantine: { key: `_uploads/quarantine/${id}.jsonl.gz`, sha256: HEX.repeat(4), bytes: 20, lines: 1 },
  }
}

export function refusedUpload(said: {
  readonly key: string
  readonly etag: string
  readonly seq: number
}): RefusedUpload {
  return { ...version({ ...said, id: idOf('f') }), outcome: 'refused', reason: 'it is a picture' }
}

function version({ key, etag, id, seq }: { key: string; etag: string; id: string; seq: number }) {
  return {
    ledger_version: 1 as const,
    dataset: 'app',
    created_by: 'dayseal test',
    upload: { key, etag, bytes: 100, sha256: HEX.repeat(4), modified: '2025-03-14T06:00:00.000Z' },
    id,
    seq,
    settings_sha256: HEX.repeat(4),
  }
}
