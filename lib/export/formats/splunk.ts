import { DaysealError } from '../../errors.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { writeRowText } from '../row-text.ts'
import { eventRows } from './splunk-event.ts'
import { lineRows } from './splunk-line.ts'

/** Which options say something of one form alone. */
const OF_HEC = ['host', 'source', 'sourcetype', 'index'] as const
const OF_LINE = ['level', 'message'] as const

/**
 * Splunk, in one of two forms, a line per row: `hec`, events for `POST /services/collector/event` (`splunk-event.ts`), or
 * `line`, text for a monitored file (`splunk-line.ts`). Each says how a reader gets a row back.
 */
export const splunk: Format<FormatOptions<'splunk'>> = {
  extension: 'splunk.log',
  mimeType: 'text/plain',
  compressible: true,
  async open(options, spec) {
    assertOfForm(options)
    const rows = options.form === 'hec' ? eventRows(spec.root, options) : lineRows(spec.root, options)
    return writeRowText(spec, {
      begin() {},
      load: rows.load,
      row(out) {
        rows.write(out)
        return undefined
      },
      end() {},
    })
  },
}

function assertOfForm(options: FormatOptions<'splunk'>): void {
  const others: readonly (keyof FormatOptions<'splunk'>)[] = options.form === 'hec' ? OF_LINE : OF_HEC
  const strange = others.find((option) => options[option] !== undefined)
  if (strange === undefined) return
  throw new DaysealError('usage', `splunk: the form ${options.form} has no place for ${strange}`, {
    seen: `form ${options.form}, ${strange} ${JSON.stringify(options[strange])}`,
    wanted: `form ${options.form === 'hec' ? 'line' : 'hec'}, or no ${strange}`,
  })
}
