import { DaysealError } from '../errors.ts'
import { jsonl } from './formats/jsonl.ts'
import type { EventReader } from './reading.ts'
import type { UploadFormat } from './settings.ts'

/** The reader of a format. */
export function readerOf(format: UploadFormat): EventReader {
  if (format.format === 'jsonl') return jsonl
  throw new DaysealError('internal', `no reader of ${format.format} yet`)
}
