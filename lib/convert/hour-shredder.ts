import type { Scanner } from '../shred/scanner.ts'
import { Shredder, type ShredOptions } from '../shred/shredder.ts'
import { type ConvertSettings, rulesOf } from './settings.ts'

export type HourColumns = Pick<ShredOptions, 'base' | 'fixed' | 'narrowed'>

/** The shredder of an hour's lines, as the settings say. */
export function hourShredder(settings: ConvertSettings, columns: HourColumns, scanner: Scanner): Shredder {
  const { limits, rowGroupBytes } = settings
  return new Shredder({ ...columns, rules: rulesOf(settings), limits: { ...limits, rowGroupBytes }, scanner })
}
