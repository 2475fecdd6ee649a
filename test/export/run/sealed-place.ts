import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type * as z from 'zod'
import { openStateCatalog } from '../../../lib/catalog/state-catalog.ts'
import { parseConfig } from '../../../lib/config.ts'
import { convertHere } from '../../../lib/convert/convert-here.ts'
import { type ExportOutcome, type ExportRequest, runExport } from '../../../lib/export/run-export.ts'
import type { exportSchema } from '../../../lib/export/settings.ts'
import { seal } from '../../../lib/seal/seal.ts'
import { openDirectory } from '../../../lib/store/directory.ts'
import { temporaryFolder } from '../../cli/dayseal.ts'

export type Row = Readonly<Record<string, unknown>>
type SettingsInput = Omit<z.input<typeof exportSchema>, 'name' | 'formats'> & Partial<z.input<typeof exportSchema>>

/** An archive and an output in a folder of the test's own, with a clock that goes on a second with each look at it. */
export async function sealedPlace() {
  const root = await temporaryFolder()
  const archive = join(root, 'archive')
  const out = join(root, 'out')
  let ids = 0
  const newId = () => `id${++ids}`
  let seconds = 0
  const clock = () => new Date(Date.UTC(2025, 2, 20) + 1000 * seconds++)
  const store = openDirectory(out, { createRoot: true })
  const catalog = openStateCatalog(store, { newId })
  const configured = (settings: SettingsInput) => {
    const exports = [{ name: 'rows', formats: ['ndjson' as const], ...settings }]
    const config = { datasets: { app: { archive: { location: archive }, out, eventTime: 'ts', exports } } }
    const dataset = parseConfig(config, 'the test').get('app')!
    return { dataset, settings: dataset.exports[0]! }
  }
  return {
    root,
    out,
    store,
    catalog,
    clock,
    newId,
    /** Puts the rows into hour 00 of a day, in place of what was there, and seals it. */
    async seal(date: string, rows: readonly Row[]): Promise<void> {
      const folder = join(archive, date.replaceAll('-', ''))
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, '00.jsonl.gz'), gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join('')))
      const { dataset } = configured({})
      const sealing = { dataset, date, now: new Date('2025-03-20T00:00:00Z'), newId, minHours: 1 }
      await seal({ ...sealing, allowRemoval: true, converter: convertHere() })
    },
    export(settings: SettingsInput, change: Partial<ExportRequest> = {}): Promise<ExportOutcome> {
      const scratch = root
      const place = { out: store, destination: store, folder: 'exports/rows/', catalog, clock, runId: newId(), scratch }
      return runExport({ ...configured(settings), ...place, ...change })
    },
  }
}

export type SealedPlace = Awaited<ReturnType<typeof sealedPlace>>

/** Every key below `exports/`. */
export async function exportedKeys({ store }: SealedPlace): Promise<readonly string[]> {
  return (await store.list('exports/')).map(({ key }) => key)
}

/** The rows of the one ndjson file of a run. */
export async function rowsOf({ store }: SealedPlace, outcome: ExportOutcome): Promise<readonly Row[]> {
  if (outcome.kind !== 'exported') throw new Error(`the run ended as ${outcome.kind}`)
  const { bytes } = (await store.get(outcome.outputs[0]!.output.key))!
  const lines = new TextDecoder().decode(bytes).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}
