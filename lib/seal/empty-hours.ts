import type { Dataset } from '../config.ts'
import type { SourceAccount } from '../convert/ledger.ts'

/** Sources without a line but blank ones: of 0 bytes, or with nothing in them once they are decompressed. */
export function emptySources<Source extends Pick<SourceAccount, 'lines_read' | 'blank'>>(
  sources: readonly Source[],
): readonly Source[] {
  return sources.filter(({ lines_read, blank }) => lines_read === blank)
}

/** Hours all of whose sources are empty. */
export function emptyHours(sources: readonly SourceAccount[]): ReadonlySet<string> {
  const hours = new Set(emptySources(sources).map(({ hour }) => hour))
  for (const { hour, lines_read, blank } of sources) if (lines_read > blank) hours.delete(hour)
  return hours
}

/** The hours that a day counts as found. */
export function withoutEmpty(
  hours: readonly string[],
  empty: ReadonlySet<string>,
  guards: Dataset['guards'],
): readonly string[] {
  return guards.emptyHours === 'refuse' ? hours.filter((hour) => !empty.has(hour)) : hours
}

/** For people: `logs/05.jsonl.gz (0 bytes)`. */
export function emptySourceText({ key, bytes }: Pick<SourceAccount, 'key' | 'bytes'>): string {
  return `${key} (${bytes === 1 ? '1 byte' : `${bytes} bytes`})`
}
