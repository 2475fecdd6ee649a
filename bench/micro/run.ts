import { parseArgs } from 'node:util'
import { textTable } from '../../cli/table.ts'
import { columnMicros } from './columns.ts'
import { dictionaryMicros } from './dictionaries.ts'
import { fileMicros } from './files.ts'
import { levelMicros } from './levels.ts'
import { hourOfLines } from './lines.ts'
import { type Micro, repeat } from './repeat.ts'
import { scannerMicros } from './scanner.ts'

/* `npm run bench:micro [-- --only TEXT]`: the parts of a conversion one by one, those whose name has the text. */

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const hours = [hourOfLines('flat'), hourOfLines('nested')]
const micros: readonly Micro[] = [
  ...scannerMicros(hours),
  ...columnMicros(),
  ...dictionaryMicros(),
  ...levelMicros(),
  ...(await fileMicros(hours)),
]
const chosen = micros.filter(({ name }) => name.includes(values.only))
if (chosen.length === 0) throw new Error(`no name has ${JSON.stringify(values.only)} in it`)
const rows: string[][] = [['', 'median', 'best', '', 'repetitions']]
for (const micro of chosen) {
  const { name, unit, median, best, repetitions } = await repeat(micro)
  rows.push([name, median.toFixed(1), best.toFixed(1), unit, String(repetitions)])
  process.stderr.write(`${name}: ${median.toFixed(1)} ${unit}\n`)
}
console.log(textTable(rows, [1, 2, 4]).join('\n'))
