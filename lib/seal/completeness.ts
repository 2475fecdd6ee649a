import { hoursGuard } from '../archive/guards.ts'
import type { UploadedDay } from './manifest.ts'
import { hoursWithSilent, type UploadsRefusal, type UploadsState, uploadsGuard } from './uploads-guard.ts'

export interface CompletenessInput {
  /** Hours with a source. */
  readonly found: readonly string[]
  readonly minHours: number
  /** Undefined for a dataset without uploads. */
  readonly uploads: UploadsState | undefined
  readonly now: Date
  readonly allowIncomplete: boolean
}

/** Whether a day that is over may be sealed. */
export type Completeness =
  | { readonly kind: 'complete'; readonly hours: 'passed' | 'overridden'; readonly rule: UploadedDay['rule'] }
  | ({ readonly kind: 'refused'; readonly missing: readonly string[]; readonly found: number } & (
      | { readonly guard: 'hours' }
      | { readonly guard: 'uploads'; readonly uploads: UploadsRefusal }
    ))

/** An upload in flight, or held, is told before missing hours, which it may bring; the quiet time, which passes by itself, last. */
export function completenessOf(input: CompletenessInput): Completeness {
  const { found, minHours, uploads: state, now, allowIncomplete } = input
  const hours = hoursWithSilent(found, state)
  const guard = hoursGuard(hours, minHours)
  const uploads = uploadsGuard(state, now)
  if (!allowIncomplete) {
    const all = hoursGuard(hours, 24)
    const seen = { missing: all.kind === 'refused' ? all.missing : [], found: hours.length }
    const isWaiting = uploads.kind === 'in-flight' || uploads.kind === 'held'
    const first = isWaiting || guard.kind === 'passed' ? 'uploads' : 'hours'
    if (first === 'hours') return { kind: 'refused', guard: 'hours', ...seen }
    if (uploads.kind !== 'passed') return { kind: 'refused', guard: 'uploads', ...seen, uploads }
  }
  const isOverridden = guard.kind === 'refused' || uploads.kind !== 'passed'
  const rule = isOverridden ? 'overridden' : found.length >= minHours ? 'hours' : 'silent'
  return { kind: 'complete', hours: guard.kind === 'passed' ? 'passed' : 'overridden', rule }
}
