import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FormatOptions, formatOptions } from '../../lib/export/format-options.ts'
import { exportRows } from './export-rows.ts'
import { sampleRows } from './sample-rows.ts'
import { digestOf, readText, writeExport, writeIfPossible } from './write-export.ts'

/** For any columns. */
const ANY: readonly FormatOptions[] = [
  'json',
  { format: 'json', pretty: true },
  'ndjson',
  { format: 'ndjson', schemaRecord: true },
  'csv',
  { format: 'csv', delimiter: ';', nested: 'json' },
  { format: 'csv', delimiter: '\t', header: false, formulaGuard: true },
  { format: 'csv', nested: 'json', formulaGuard: true },
  'xml',
  { format: 'xml', pretty: true, row: 'r' },
  { format: 'elasticsearch', index: 'x-{yyyy}.{MM}.{dd}' },
  'datadog',
  { format: 'datadog', hostname: 'h"', service: 's', tags: ['a:b', 'c:d'] },
  'splunk',
  { format: 'splunk', host: 'h"', source: 's', sourcetype: 'json', index: 'main' },
  { format: 'splunk', form: 'line' },
].map((options) => formatOptions.parse(options))

/** For the columns of `sampleRows`. */
const SAMPLE: readonly FormatOptions[] = [
  { format: 'elasticsearch', index: 'x-{yyyy}.{MM}.{dd}t{HH}', time: 'at', id: 'text' },
  { format: 'datadog', service: 's', message: 'text', time: 'at' },
  { format: 'splunk', host: 'h"', time: 'at' },
  { format: 'splunk', form: 'line', time: 'at', level: 'inside.deep.n', message: 'quoted' },
].map((options) => formatOptions.parse(options))

const titled = (all: readonly FormatOptions[]) => all.map((options) => [JSON.stringify(options), options] as const)

describe.each(titled(ANY))('%s', (_, options) => {
  test('is read back as it was written, whatever the rows', async () => {
    let read = 0
    await fc.assert(
      fc.asyncProperty(exportRows, fc.constantFrom(1, 7, 2 ** 16), async (batches, blockBytes) => {
        const written = await writeIfPossible(options, batches)
        fc.pre(written !== undefined)
        const bytes = written.files.get('')!
        const { problems, problemCount, ...seen } = await readText(options, batches, bytes, blockBytes)
        expect(problems).toEqual([])
        expect(problemCount).toBe(0)
        expect(seen).toEqual(digestOf(batches))
        read++
      }),
      { numRuns: 25 },
    )
    expect(read).toBe(25)
  })
})

describe.each(titled([...ANY, ...SAMPLE]))('a sample as %s', (_, options) => {
  test('is read back', async () => {
    const batches = sampleRows()
    const bytes = (await writeExport(options, batches)).files.get('')!
    const { problems, problemCount: __, ...seen } = await readText(options, batches, bytes)
    expect(problems).toEqual([])
    expect(seen).toEqual(digestOf(batches))
  })

  test('has no byte that could be another', async () => {
    const batches = sampleRows()
    const bytes = (await writeExport(options, batches)).files.get('')!
    const wanted = digestOf(batches)
    const unseen: string[] = []
    const step = Math.ceil(bytes.length / 100)
    for (let at = 0; at < bytes.length; at += step) {
      const altered = Buffer.from(bytes)
      altered[at]! ^= 1
      const { problemCount, ...seen } = await readText(options, batches, altered)
      if (problemCount === 0 && seen.digest === wanted.digest) {
        unseen.push(
          `${altered.subarray(Math.max(0, at - 30), at)}⟨${altered.subarray(at, at + 1)}⟩${altered.subarray(at + 1, at + 30)}`,
        )
      }
    }
    // The day of a row that names no time is not in the row.
    const date = /_index":"x-[\d.]*⟨[\d]⟩/
    expect(unseen.filter((text) => !date.test(text))).toEqual([])
  })

  test('cannot end earlier or later', async () => {
    const batches = sampleRows()
    const bytes = (await writeExport(options, batches)).files.get('')!
    const wanted = digestOf(batches)
    const cuts = [0, 1, 2, 3, bytes.length >> 1, bytes.length - 3, bytes.length - 2, bytes.length - 1]
    const altered = [
      ...cuts.map((cut) => bytes.subarray(0, cut)),
      ...['x', '\n', ' \r\n', '{}\n', ']\n'].map((end) => Buffer.concat([bytes, Buffer.from(end)])),
    ]
    const unseen: string[] = []
    for (const text of altered) {
      const { problemCount, ...seen } = await readText(options, batches, text)
      if (problemCount === 0 && seen.digest === wanted.digest) unseen.push(text.subarray(-20).toString())
    }
    expect(unseen).toEqual([])
  })
})

const LINES: readonly FormatOptions[] = [
  'json',
  'ndjson',
  'csv',
  'xml',
  'splunk',
  { format: 'splunk', form: 'line' },
].map((options) => formatOptions.parse(options))

const NAME = /ünï \d"?/

/** The line `to` with the name of the line `from`. */
function named(lines: readonly string[], to: number, from: number): string {
  return lines[to]!.replace(NAME, NAME.exec(lines[from]!)![0])
}

describe.each(titled(LINES))('the lines of %s', (_, options) => {
  const alterations: [string, (lines: string[]) => string[]][] = [
    ['a row less', (lines) => lines.toSpliced(3, 1)],
    ['a row twice', (lines) => lines.toSpliced(3, 0, lines[3]!)],
    ['a row twice in the place of another', (lines) => lines.toSpliced(3, 1, lines[4]!)],
    [
      'values of two rows in each other’s place',
      (lines) => lines.with(3, named(lines, 3, 4)).with(4, named(lines, 4, 3)),
    ],
    ['a value more', (lines) => lines.with(3, lines[3]!.replace(NAME, '$&,"x":1'))],
  ]
  test.each(alterations)('%s: found', async (_, alter) => {
    const batches = sampleRows()
    const text = (await writeExport(options, batches)).files.get('')!.toString()
    const altered = alter(text.split('\n')).join('\n')
    expect(altered).not.toBe(text)
    const wanted = digestOf(batches)
    const { problemCount, ...seen } = await readText(options, batches, Buffer.from(altered))
    expect(problemCount > 0 || seen.digest !== wanted.digest).toBe(true)
  })

  test('in another order: the same', async () => {
    const batches = sampleRows()
    const text = (await writeExport(options, batches)).files.get('')!.toString()
    const lines = text.split('\n')
    const altered = lines.with(2, lines[3]!).with(3, lines[2]!).join('\n')
    const { problems, problemCount: __, ...seen } = await readText(options, batches, Buffer.from(altered))
    expect(problems).toEqual([])
    expect(seen).toEqual(digestOf(batches))
  })
})
