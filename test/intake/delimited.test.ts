import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DelimitedOptions, delimited } from '../../lib/intake/formats/delimited.ts'
import type { Reading } from '../../lib/intake/reading.ts'
import { thrownBy } from '../thrown.ts'
import { cutAt, cuts, LIMITS, type Plain, readAll } from './read-all.ts'

const csv = (options: Partial<DelimitedOptions> = {}) =>
  delimited({ delimiter: ',', columns: undefined, types: {}, ...options })
const tsv = csv({ delimiter: '\t' })

const told = (readings: readonly Plain[]) => readings.map((one) => ('json' in one ? one.json : [one.reason, one.text]))

describe('csv', () => {
  test('an event for each row, with its place', async () => {
    const content = '\ufeffid,"na ""me""",x\r\n1,"a,b\r\nc",\r\n\r\n2,é "d",""\n"3",,"""\n"""'
    const read = await readAll(csv(), content)
    expect(read.blank).toBe(1)
    expect(read.readings).toEqual([
      {
        json: '{"id":"1","na \\"me\\"":"a,b\\r\\nc","x":""}',
        value: { id: '1', 'na "me"': 'a,b\r\nc', x: '' },
        line: 2,
        byte: 21,
      },
      { json: expect.any(String), value: { id: '2', 'na "me"': 'é "d"', x: '' }, line: 5, byte: 36 },
      { json: '{"id":"3","na \\"me\\"":"","x":"\\"\\n\\""}', value: expect.anything(), line: 6, byte: 48 },
    ])
  })

  test('a row with another number of fields is rejected as it was, row 7 too', async () => {
    const rows = ['a,b', ...Array.from({ length: 9 }, (_, i) => `${i},x`)]
    rows[7] = 'six,"s\ne",ven'
    const { readings } = await readAll(csv(), rows.join('\n'))
    expect(readings.filter((one) => 'reason' in one)).toEqual([
      { reason: 'fields', text: 'six,"s\ne",ven', part: 1, line: 8, byte: 28 },
    ])
    expect(readings).toHaveLength(9)
    expect(told((await readAll(csv(), 'a,b\n1\n,\n')).readings)).toEqual([['fields', '1'], '{"a":"","b":""}'])
  })

  test('something behind the quotes of a field is rejected, and the next line is a row again', async () => {
    expect(told((await readAll(csv(), 'a,b\n"x"y,1\n"x" ,1\n"x\n"y",1\n2,3')).readings)).toEqual([
      ['fields', '"x"y,1'],
      ['fields', '"x" ,1'],
      ['fields', '"x\n"y",1'],
      '{"a":"2","b":"3"}',
    ])
  })

  test('types: numbers keep their digits, nothing is null', async () => {
    const types = { i: 'int64', d: 'double', b: 'bool', absent: 'int64' } as const
    const rows: readonly (readonly [string, string])[] = [
      ['9223372036854775807,1.10,true', '9223372036854775807,1.10,true'],
      ['-9223372036854775808,-0,FALSE', '-9223372036854775808,-0,false'],
      ['007,.5,', '7,0.5,null'],
      ['-0,1e5,', '0,1e5,null'],
      ['000,000.50,', '0,0.50,null'],
      ['-007,-00.5e-3,"true"', '-7,-0.5e-3,true'],
      [',9007199254740992,', 'null,9007199254740992,null'],
      [',,', 'null,null,null'],
      ['"12",-1.0,', '12,-1.0,null'],
    ]
    const content = `i,d,b\n${rows.map(([row]) => row).join('\n')}`
    expect(told((await readAll(csv({ types }), content)).readings)).toEqual(
      rows.map(([, cells]) => {
        const [i, d, b] = cells.split(',')
        return `{"i":${i},"d":${d},"b":${b}}`
      }),
    )
  })

  test.each([
    ['9223372036854775808,,', 'the column "i", field 1: "9223372036854775808" is no int64'],
    ['-9223372036854775809,,', 'the column "i", field 1: "-9223372036854775809" is no int64'],
    ['1.0,,', 'the column "i", field 1: "1.0" is no int64'],
    [' 1,,', 'the column "i", field 1: " 1" is no int64'],
    [',1e400,', 'the column "d", field 2: "1e400" is no double'],
    [',9007199254740993,', 'the column "d", field 2: "9007199254740993" is no double'],
    [',NaN,', 'the column "d", field 2: "NaN" is no double'],
    [',.,', 'the column "d", field 2: "." is no double'],
    [',+1,', 'the column "d", field 2: "+1" is no double'],
    [',,yes', 'the column "b", field 3: "yes" is no bool'],
    [`,,${'x'.repeat(100)}`, `the column "b", field 3: "${'x'.repeat(60)}…" is no bool`],
  ])('types: %s is quarantined, with its column, and nothing else of the file', async (row, detail) => {
    const types = { i: 'int64', d: 'double', b: 'bool' } as const
    const readings: Reading[] = []
    async function* content() {
      yield Buffer.from(`i,d,b\n1,,\n${row}\n2,,\n`)
    }
    for await (const batch of csv({ types }).read(content(), undefined, LIMITS)) readings.push(...batch)
    expect(readings).toMatchObject([
      { kind: 'event', value: { i: 1 } },
      { kind: 'rejected', reason: 'type', detail, text: Buffer.from(row), position: { line: 3 } },
      { kind: 'event', value: { i: 2 } },
    ])
  })

  test('columns in the place of a header, of any name', async () => {
    const columns = ['__proto__', 'a.b', '1', '"', '']
    const { readings } = await readAll(csv({ columns, delimiter: ';' }), '1;2;3;4;5\n')
    expect(told(readings)).toEqual(['{"__proto__":"1","a.b":"2","1":"3","\\"":"4","":"5"}'])
    expect(JSON.stringify(Object.entries((readings[0] as { value: object }).value))).toContain('["__proto__","1"]')
  })

  test('no event: nothing, a header alone, blank lines', async () => {
    expect(await readAll(csv(), '')).toMatchObject({ readings: [], blank: 0 })
    expect(await readAll(csv(), 'a,b')).toMatchObject({ readings: [], blank: 0 })
    expect(await readAll(csv(), '\n \r\na,b\n\n')).toMatchObject({ readings: [], blank: 3 })
  })

  test.each([
    ['a name twice', 'a,b,a\n1,2,3', /column 3 of the header.*"a" for the second time/],
    ['no name', 'a,,b\n1,2,3', /column 2 of the header.*seen: no name/],
    ['quotes that do not end', 'a\n1\n"2\n3\n', /the row that begins in line 3/],
    ['quotes that do not end in the header', '"a\n1\n', /line 1/],
    [
      'a row in quotes that is too long',
      `a\n"${'x'.repeat(3000)}\n${'x'.repeat(3000)}"\n`,
      /the row that begins in line 2/,
    ],
    ['a header that is too long', `${'a,'.repeat(5000)}\n`, /line 1/],
    ['a header of something else', Buffer.from('a\xff,b\n', 'latin1'), /the header in line 1/],
  ])('refuses %s', async (_, content, message) => {
    const error = await thrownBy(() => readAll(csv(), content))
    expect(error.code).toBe('source')
    expect(error.message).toMatch(message)
  })

  test('not_utf8 and too_long: the row alone', async () => {
    const long = 'x'.repeat(LIMITS.maxLineBytes + 1)
    const quotes = '"'.repeat(3000)
    const content = Buffer.concat([
      Buffer.from('a\n"1\n'),
      Buffer.from([0xff]),
      Buffer.from(`"\n${long}\nx${quotes}\n2\n`),
    ])
    expect(told((await readAll(csv(), content)).readings)).toEqual([
      ['not_utf8', '"1\n\xff"'],
      ['too_long', long.slice(1)],
      ['too_long', 'x'],
      ['too_long', `x${quotes}`],
      '{"a":"2"}',
    ])
  })

  test('is what csv-parse makes of it, wherever chunks end', async () => {
    const cell = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '💧') }),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    const rows = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width })))
    const end = fc.constantFrom('\n', '\r\n')
    await fc.assert(
      fc.asyncProperty(rows, end, fc.boolean(), cuts, async (cells, lineEnd, last, places) => {
        const columns = (cells[0] ?? ['a']).map((_, i) => `c${i}`)
        const text = cells.map((row) => row.map(quoted).join(',') + lineEnd).join('')
        const bytes = Buffer.from(last ? text : text.slice(0, -lineEnd.length))
        const whole = await readAll(csv({ columns }), bytes)
        expect((await readAll(csv({ columns }), cutAt(bytes, places))).readings).toEqual(whole.readings)
        const values = whole.readings.map((one) => 'value' in one && Object.values(one.value as object))
        expect(values).toEqual(parse(bytes, { record_delimiter: ['\n', '\r\n'] }))
        const written = whole.readings.map(
          (one) => 'json' in one && JSON.parse(Buffer.from(one.json, 'latin1').toString()),
        )
        expect(written.map((one) => Object.values(one as object))).toEqual(values)
      }),
    )
  })

  test('of any text it tells every line, wherever chunks end', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r'), maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(text, cuts, async (content, places) => {
        const bytes = Buffer.from(content)
        const reader = csv({ columns: ['a', 'b'] })
        const outcome = async (read: () => ReturnType<typeof readAll>) => {
          try {
            const { readings, blank } = await read()
            return { readings, blank }
          } catch (error) {
            return String(error)
          }
        }
        expect(await outcome(() => readAll(reader, cutAt(bytes, places)))).toEqual(
          await outcome(() => readAll(reader, bytes)),
        )
      }),
    )
  })
})

/** RFC 4180. Always in quotes: an empty row is a blank line. */
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`

describe('tsv', () => {
  test('a field is in quotes only where it begins with one', async () => {
    const content = 'a\tb\n5" x\tsay "hi"\n"tab\there"\t"line\nend"\n\t\n'
    expect(told((await readAll(tsv, content)).readings)).toEqual([
      '{"a":"5\\" x","b":"say \\"hi\\""}',
      '{"a":"tab\\there","b":"line\\nend"}',
      '{"a":"","b":""}',
    ])
  })
})
