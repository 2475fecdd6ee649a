import type { PreparedHour } from '../lib/seal/prepare-hour.ts'
import { measure } from './observed.ts'

/** What became of an hour, for the function's answer and its log; counted when it was converted. */
export function hourAccount(dataset: string, prepared: PreparedHour) {
  if (prepared.kind === 'empty') return { kind: prepared.kind, rows: 0, rows_quarantined: 0 }
  const { rows, quarantine } = prepared.ledger
  const rows_quarantined = quarantine?.lines ?? 0
  if (prepared.kind === 'converted') {
    const share = rows_quarantined / Math.max(1, rows + rows_quarantined)
    measure(dataset, {
      HoursConverted: 1,
      RowsWritten: rows,
      RowsQuarantined: rows_quarantined,
      QuarantineShare: share,
    })
  }
  return { kind: prepared.kind, rows, rows_quarantined }
}
