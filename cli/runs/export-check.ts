import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { DaysealError, messageOf } from '../../lib/errors.ts'
import { checkExport, type ExportVerdict } from '../../lib/export/check-export.ts'
import { META_SUFFIX } from '../../lib/export/meta.ts'
import { identityIn } from '../../lib/export/output/decrypt.ts'
import { makeScratch } from '../../lib/store/folder.ts'
import { schemeOf } from '../../lib/store/location.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { checkLines } from '../../lib/verify/report.ts'
import { counted } from '../amounts.ts'
import { colouredMarks } from '../coloured-marks.ts'
import type { Context, Result } from '../context.ts'
import type { Line } from '../line.ts'

export interface CheckFlags {
  readonly identity?: string | undefined
  readonly endpoint?: string | undefined
  readonly json: boolean
  readonly verbose: boolean
}

/** Checks one exported file, a path or s3://bucket/key, against the meta file beside it. */
export async function checkFile(file: string, flags: CheckFlags, context: Context): Promise<Result> {
  const { cwd, stdout, signal } = context
  const whole = schemeOf(file) === undefined ? resolve(cwd, file) : file
  const named = whole.replace(/\/+$/, '')
  const trimmed = named.endsWith(META_SUFFIX) ? named.slice(0, -META_SUFFIX.length) : named
  const at = trimmed.lastIndexOf('/')
  const store = openStore(trimmed.slice(0, at) || '/', { s3: { endpoint: flags.endpoint }, signal })
  const identity = flags.identity === undefined ? undefined : await readIdentity(resolve(cwd, flags.identity))
  const scratch = await makeScratch(tmpdir(), 'dayseal-check-')
  try {
    const verdict = await checkExport({ store, key: trimmed.slice(at + 1), identity, scratch, signal })
    if (!flags.json) stdout.print(lines(trimmed, verdict, flags.verbose))
    const { result, checks, meta = null } = verdict
    const exitCode = result === 'failed' ? 1 : 0
    return { exitCode, json: { command: 'export', exit_code: exitCode, file: trimmed, result, checks, meta } }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function lines(file: string, { result, checks, meta }: ExportVerdict, verbose: boolean): readonly Line[] {
  const what =
    meta === undefined
      ? 'no complete export'
      : `${meta.options.format}, ${counted(meta.event_count, 'row')} of ${meta.source_days.map(({ date }) => date).join(', ')}`
  return [`${file}: ${result} (${what})`, '', ...colouredMarks(checkLines(checks, verbose))]
}

async function readIdentity(path: string): Promise<string> {
  try {
    return identityIn(await readFile(path, 'utf8'), path)
  } catch (cause) {
    if (cause instanceof DaysealError) throw cause
    const seen = messageOf(cause)
    throw new DaysealError('usage', `the key file ${path} cannot be read`, { seen, cause })
  }
}
