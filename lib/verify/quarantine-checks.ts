import { HOURS } from '../archive/guards.ts'
import { type Ledger, ledgerSchema, type SourceAccount } from '../convert/ledger.ts'
import { ledgerKey, quarantineKey } from '../keys.ts'
import type { Manifest } from '../seal/manifest.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { attempt } from './attempt.ts'
import { type QuarantineFile, readQuarantine } from './quarantine-file.ts'
import { type Check, check, many, some } from './verdict.ts'

export interface QuarantineResult {
  readonly checks: readonly Check[]
  /** Per hour with rejected lines the quarantine that the manifest's account is of; undefined where there is none such. */
  readonly files: ReadonlyMap<string, QuarantineFile | undefined>
}

interface Hour {
  readonly problems: readonly string[]
  /** The hour was converted again since the seal, from other sources or with another configuration, as its ledger tells. */
  readonly newer: boolean
  readonly file: QuarantineFile | undefined
}

/** Every line that the manifest counts as quarantined is kept, in the hour's file. */
export async function checkQuarantine(
  out: ObjectStore,
  date: string,
  manifest: Manifest,
  maxExpandedBytes: number,
  signal?: AbortSignal,
): Promise<QuarantineResult> {
  const hours = new Map<string, Hour>()
  for (const hour of HOURS) {
    const sources = manifest.sources.filter((source) => source.hour === hour)
    if (!sources.some((source) => source.rows_quarantined > 0)) continue
    hours.set(hour, await checkHour(out, date, hour, sources, maxExpandedBytes, signal))
  }
  const problems = [...hours].flatMap(([hour, found]) => found.problems.map((problem) => `hour ${hour}: ${problem}`))
  const newer = [...hours].filter(([, found]) => found.newer).map(([hour]) => hour)
  const lines = many(manifest.totals.rows_quarantined, 'line')
  const checks = [
    check({
      id: 'quarantine.lines',
      title: 'every quarantined line is kept',
      holds: problems.length === 0,
      seen: problems.length === 0 ? `${lines} in ${many(hours.size - newer.length, 'hour')}` : some(problems),
      wanted: `${lines}, each in the quarantine file of its hour`,
    }),
    check({
      id: 'quarantine.newer',
      title: 'the quarantine is of the sealed sources',
      level: 'warn',
      holds: newer.length === 0,
      seen: newer.length === 0 ? 'the sealed sources' : `converted again since the seal: hour ${newer.join(', ')}`,
      wanted: 'hours as they were sealed (the next seal makes them a generation)',
    }),
  ]
  return { checks, files: new Map([...hours].map(([hour, { file }]) => [hour, file])) }
}

async function checkHour(
  out: ObjectStore,
  date: string,
  hour: string,
  sources: readonly SourceAccount[],
  maxExpandedBytes: number,
  signal: AbortSignal | undefined,
): Promise<Hour> {
  const key = quarantineKey(date, hour)
  const ledger = await readLedger(out, date, hour)
  const newer = ledger !== undefined && !sameAccount(ledger.sources, sources)
  if (newer) return { problems: [], newer, file: undefined }
  if ((await out.head(key)) === undefined) return { problems: [`${key} is missing`], newer, file: undefined }
  const read = await attempt(() => readQuarantine(out, key, maxExpandedBytes, signal), signal)
  if (read.kind === 'broken') return { problems: [read.message], newer, file: undefined }
  const problems = [...accountProblems(read.value, sources), ...ledgerProblems(read.value, ledger)]
  return { problems, newer, file: problems.length === 0 ? read.value : undefined }
}

/** The hour's ledger; undefined when it is gone, or is none (it proves nothing then, and convert writes it anew). */
async function readLedger(out: ObjectStore, date: string, hour: string): Promise<Ledger | undefined> {
  const found = await out.get(ledgerKey(date, hour))
  if (found === undefined) return undefined
  const parsed = await attempt(() => ledgerSchema.parse(JSON.parse(Buffer.from(found.bytes).toString())))
  return parsed.kind === 'done' ? parsed.value : undefined
}

function sameAccount(a: readonly SourceAccount[], b: readonly SourceAccount[]): boolean {
  const accounts = (sources: readonly SourceAccount[]) =>
    sources.map(({ key, sha256, rows_quarantined }) => `${sha256} ${rows_quarantined} ${key}`).sort()
  return accounts(a).join('\n') === accounts(b).join('\n')
}

function accountProblems(file: QuarantineFile, sources: readonly SourceAccount[]): string[] {
  const wrong = sources
    .filter((source) => (file.lines.get(source.key)?.size ?? 0) !== source.rows_quarantined)
    .map((source) => `${file.lines.get(source.key)?.size ?? 0} of ${source.rows_quarantined} lines of ${source.key}`)
  const known = new Map(sources.map((source) => [source.key, source.lines_read]))
  const strange = [...file.lines].flatMap(([key, lines]) => {
    const last = known.get(key)
    if (last === undefined) return [`lines of ${key}, which is no source`]
    return [...lines.keys()].some((line) => line > last) ? [`a line of ${key} beyond its ${last}`] : []
  })
  return [...wrong, ...strange]
}

function ledgerProblems(file: QuarantineFile, ledger: Ledger | undefined): string[] {
  if (ledger === undefined) return []
  const said = ledger.quarantine
  if (said === null) return ['its ledger knows of no quarantine']
  const same = said.sha256 === file.sha256 && said.bytes === file.bytes && said.lines === file.count
  return same ? [] : [`${said.key} is not what its ledger says: SHA-256 ${file.sha256}, not ${said.sha256}`]
}
