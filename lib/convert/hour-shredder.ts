import type { Scanner } from '../shred/scanner.ts'
import { Shredder, type ShredOptions } from '../shred/shredder.ts'
import { type ConvertSettings, rulesOf } from './settings.ts'

/** The shredder of an hour's lines, as the settings say. */
export function hourShredder(
  settings: ConvertSettings,
  columns: Pick<ShredOptions, 'base' | 'fixed'>,
  scanner: Scanner,
): Shredder {
  const { limits, rowGroupBytes } = settings
  return new Shredder({ ...columns, rules: rulesOf(settings), limits: { ...limits, rowGroupBytes }, scanner })
}
