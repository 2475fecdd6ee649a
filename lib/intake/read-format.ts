import { DaysealError } from '../errors.ts'
import { parsePath } from '../path-pattern.ts'
import { delimited } from './formats/delimited.ts'
import { jsonRecords } from './formats/json-records.ts'
import { jsonl } from './formats/jsonl.ts'
import { pattern } from './formats/pattern.ts'
import { w3c } from './formats/w3c.ts'
import { expressionMatcher } from './line-matcher.ts'
import { CLOUDFRONT_TYPES, presetLines } from './presets.ts'
import type { EventReader } from './reading.ts'
import type { UploadFormat } from './settings.ts'

/**
 * The reader of a format. It holds nothing between reads: one serves many uploads.
 * @throws DaysealError `usage` for a format that cannot be used: so call it when the configuration is read
 */
export function readerOf(format: UploadFormat): EventReader {
  switch (format.format) {
    case 'jsonl':
      return jsonl
    case 'json-records':
      return jsonRecords(format.records === undefined ? [] : namesOf(format.records))
    case 'csv':
      return delimited({ delimiter: format.delimiter, columns: distinct(format.columns), types: format.types })
    case 'tsv':
      return delimited({ delimiter: '\t', columns: distinct(format.columns), types: format.types })
    case 'pattern':
      return patternReader(format)
  }
}

function patternReader(format: Extract<UploadFormat, { format: 'pattern' }>): EventReader {
  const { preset, pattern: source, types, continuation } = format
  if ((preset === undefined) === (source === undefined)) {
    throw new DaysealError('usage', 'a pattern of uploads cannot be used', {
      seen: preset === undefined ? 'neither a preset nor a pattern' : 'a preset and a pattern',
      wanted: 'one of them',
    })
  }
  if (preset === 'cloudfront') {
    if (continuation === undefined) return w3c({ ...CLOUDFRONT_TYPES, ...types })
    throw new DaysealError('usage', 'events of the preset cloudfront have one line each', { seen: 'a continuation' })
  }
  const lines = preset === undefined ? { matcher: expressionMatcher(source ?? ''), types } : presetLines(preset, types)
  const { columns } = lines.matcher
  const unknown = Object.keys(types).find((name) => !columns.includes(name))
  if (unknown === undefined) return pattern({ ...lines, continuation })
  throw new DaysealError('usage', `the type of ${JSON.stringify(unknown)} is of no column of the pattern`, {
    wanted: columns.join(', '),
  })
}

function namesOf(path: string): readonly string[] {
  return parsePath(path).map((step) => {
    if (step.kind === 'name') return step.name
    throw new DaysealError('usage', `the path of the records, ${JSON.stringify(path)}, must lead to one list`, {
      wanted: 'names with dots between them',
    })
  })
}

function distinct(columns: readonly string[] | undefined): readonly string[] | undefined {
  const known = new Set<string>()
  const wrong = columns?.find((name) => name === '' || known.size === known.add(name).size)
  if (wrong === undefined) return columns
  const seen = wrong === '' ? 'an empty name' : `${JSON.stringify(wrong)} twice`
  throw new DaysealError('usage', 'the columns of uploads must have names of their own', { seen })
}
