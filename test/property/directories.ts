import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { configSchema, type Dataset, type Override } from '../../lib/config.ts'
import type { Manifest } from '../../lib/seal/manifest.ts'
import type { SealOutcome } from '../../lib/seal/outcome.ts'
import { sealInThreads } from '../../lib/seal/seal-in-threads.ts'
import { openStore } from '../../lib/store/open-store.ts'
import type { Verdict } from '../../lib/verify/verdict.ts'
import { verify } from '../../lib/verify/verify.ts'

/* Real seals in real directories. */

const DATE = '2026-01-02'
const NOW = new Date('2026-01-03T00:10:00.000Z')

export interface Directories {
  /** Writes the files of the hours 00, 01, …; the text `undefined` leaves an hour's file as it is. */
  writeHours(hours: readonly (string | undefined)[]): Promise<void>
  /** Seals into the output directory of this name. */
  seal(
    out: string,
    options?: { readonly workers?: number; readonly allowRemoval?: boolean },
  ): Promise<Extract<SealOutcome, { kind: 'sealed' }>>
  verify(out: string): Promise<Verdict>
  data(out: string, manifest: Manifest): Promise<Buffer | undefined>
  /** Gives one output the learnt schema of another. */
  copySchema(from: string, to: string): Promise<void>
}

/** Runs `use` in a temporary directory and removes it. */
export async function inDirectories<T>(
  use: (directories: Directories) => Promise<T>,
  overrides: Readonly<Record<string, Override>> = {},
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-property-'))
  try {
    return await use(directoriesIn(root, overrides))
  } finally {
    await rm(root, { recursive: true })
  }
}

function directoriesIn(root: string, overrides: Readonly<Record<string, Override>>): Directories {
  const archive = join(root, 'archive')
  const datasetOf = (out: string): Dataset => {
    const location = { archive: { location: archive }, out: join(root, out) }
    const limits = { maxQuarantineShare: 1 }
    const datasets = { d: { ...location, schema: { mode: 'infer', overrides }, limits } }
    return { name: 'd', ...configSchema.parse({ datasets }).datasets.d! }
  }
  let ids = 0
  return {
    async writeHours(hours) {
      const folder = join(archive, DATE.replaceAll('-', ''))
      await mkdir(folder, { recursive: true })
      for (const [hour, text] of hours.entries()) {
        const file = join(folder, `${String(hour).padStart(2, '0')}.jsonl.gz`)
        if (text !== undefined) await writeFile(file, gzipSync(text))
      }
    },
    async seal(out, { workers = 1, allowRemoval = false } = {}) {
      const newId = () => `id${++ids}`
      const outcome = await sealInThreads({
        allowRemoval,
        ...{ dataset: datasetOf(out), date: DATE, now: NOW, newId, workers, allowIncomplete: true },
      })
      if (outcome.kind !== 'sealed') throw new Error(`not sealed: ${JSON.stringify(outcome)}`)
      return outcome
    },
    verify: (out) =>
      verify({ dataset: datasetOf(out), date: DATE, out: openStore(join(root, out)), archive: openStore(archive) }),
    data: async (out, { data_key }) => (data_key === null ? undefined : readFile(join(root, out, data_key))),
    async copySchema(from, to) {
      const schema = await readFile(join(root, from, 'schema.json')).catch(() => undefined)
      await mkdir(join(root, to), { recursive: true })
      if (schema !== undefined) await writeFile(join(root, to, 'schema.json'), schema)
    },
  }
}
