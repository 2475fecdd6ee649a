import type { UploadsRefusal } from './uploads-guard.ts'

/** Why a day waits for uploads, as part of a sentence. */
export function uploadsText(refusal: UploadsRefusal): string {
  if (refusal.kind === 'in-flight') {
    const { count, first } = refusal
    return count === 1
      ? `an upload is not partitioned yet: ${first}`
      : `${count} uploads are not partitioned yet: ${first}, …`
  }
  if (refusal.kind === 'held') {
    const { count, first, reason } = refusal
    const others = count === 1 ? '' : ` (and ${count - 1} more)`
    return `somebody has to decide about the upload ${first}${others}: ${reason}`
  }
  const { since, until } = refusal
  return `uploads may still come until ${until.toISOString()}: the day was last added to, or ended, at ${since.toISOString()}`
}
