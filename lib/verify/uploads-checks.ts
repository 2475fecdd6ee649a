import { HOURS } from '../archive/guards.ts'
import { sliceId } from '../intake/upload-keys.ts'
import type { Manifest, UploadedDay } from '../seal/manifest.ts'
import { type Check, check, some } from './verdict.ts'

const MINUTE_MS = 60_000

/** What the manifest of a dataset with uploads says of them, against itself; of others there is nothing to check. */
export function checkUploads(manifest: Manifest): readonly Check[] {
  const { uploads } = manifest
  return uploads === undefined ? [] : [checkRule(manifest, uploads), checkNamed(manifest, uploads)]
}

function checkRule(manifest: Manifest, uploads: UploadedDay): Check {
  const { rule, silent_hours, in_flight, quiet_minutes, quiet_since_utc } = uploads
  const found = new Set(manifest.sources.map(({ hour }) => hour))
  const quiet = Date.parse(manifest.created_ts_utc) - Date.parse(quiet_since_utc)
  const proper = HOURS.filter((hour) => silent_hours.includes(hour) && !found.has(hour))
  const wanted = ruleOf({
    enough: found.size >= manifest.min_hours_threshold,
    enoughWithSilent: found.size + proper.length >= manifest.min_hours_threshold,
    settled: in_flight === 0 && quiet >= quiet_minutes * MINUTE_MS,
  })
  const problems = [
    ...(rule === wanted ? [] : [`rule ${rule}`]),
    ...(silent_hours.join() === proper.join() ? [] : [`silent_hours [${silent_hours.join()}]`]),
    ...(quiet_since_utc.slice(0, 10) > manifest.date_utc ? [] : [`quiet_since_utc ${quiet_since_utc}`]),
  ]
  const hours = `${found.size} hours with a source and ${proper.length} silent of at least ${manifest.min_hours_threshold}`
  const waited = `${in_flight} uploads in flight, ${quiet_since_utc} and ${quiet_minutes} quiet minutes`
  return check({
    id: 'manifest.uploads_rule',
    title: 'the day was complete by the rule that is named',
    holds: problems.length === 0,
    seen: problems.length === 0 ? `${rule}: ${hours}, ${waited}` : some(problems),
    wanted: `${wanted}, of silent hours without a source, since the day's end: ${hours}, ${waited}`,
  })
}

function ruleOf(day: {
  readonly enough: boolean
  readonly enoughWithSilent: boolean
  readonly settled: boolean
}): UploadedDay['rule'] {
  if (!day.enoughWithSilent || !day.settled) return 'overridden'
  return day.enough ? 'hours' : 'silent'
}

function checkNamed({ sources }: Manifest, { uploads }: UploadedDay): Check {
  const named = new Set(uploads.map(({ id }) => id))
  const slices = new Map(sources.map(({ key }) => [sliceId(key), key]))
  const versions = new Set<string>()
  const problems = uploads.flatMap((upload) => {
    const { key, seq, id } = upload
    const version = JSON.stringify([key, seq])
    const isTwice = versions.has(version)
    versions.add(version)
    return [
      ...(isTwice ? [`${key}, version ${seq} is named twice`] : []),
      ...(slices.has(id) ? [] : [`${key}, version ${seq} has no slice`]),
    ]
  })
  const unnamed = [...slices].flatMap(([id, key]) =>
    id === undefined || named.has(id) ? [] : [`${key} is of no upload that is named`],
  )
  const all = [...problems, ...unnamed]
  return check({
    id: 'manifest.uploads',
    title: 'the uploads are those of the slices',
    holds: all.length === 0,
    seen: all.length === 0 ? `uploads: ${uploads.length}, ids: ${named.size}` : some(all),
    wanted: 'each upload once, with a slice among the sources, and each slice of a named upload',
  })
}
