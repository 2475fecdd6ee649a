import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonRecords } from '../../lib/intake/formats/json-records.ts'
import { thrownBy } from '../thrown.ts'
import { cutAt, cuts, LIMITS, readAll } from './read-all.ts'

const atTop = jsonRecords([])
const records = jsonRecords(['Records'])

describe('json-records', () => {
  test('gives the elements as they are, with their places', async () => {
    const content = '\ufeff [ {"id":9007199254740993},{"a":"]},\\"["}\n , {"x" : [{}, []]}]\n'
    expect((await readAll(atTop, content)).readings).toEqual([
      { json: '{"id":9007199254740993}', value: expect.anything(), line: 1, byte: 6 },
      { json: '{"a":"]},\\"["}', value: { a: ']},"[' }, line: 2, byte: 30 },
      { json: '{"x" : [{}, []]}', value: { x: [{}, []] }, line: 3, byte: 48 },
    ])
  })

  test('puts a record on one line', async () => {
    const { readings } = await readAll(records, `{"Records": [\r\n  {\r\n    "a": "\\n",\n\t"b": 1\n  }\n]}`)
    expect(readings).toMatchObject([{ json: '{      "a": "\\n", \t"b": 1   }', value: { a: '\n', b: 1 } }])
  })

  test('finds the array among other members, which may look like it', async () => {
    const content =
      '{"Version":"1}","other":{"Records":[{"no":1}]},"x":[[],{}],"R\\u0065cords":[{"yes":1}],"n":-1.5e3,"last":null}'
    expect((await readAll(records, content)).readings).toMatchObject([{ json: '{"yes":1}', byte: 75 }])
    const further = jsonRecords(['a', 'b.c', '__proto__'])
    const nested = '{"b.c":[1],"a":{"x":1,"b.c":{"__proto__":[{"yes":1}],"y":{}},"z":[]}}'
    expect((await readAll(further, nested)).readings).toMatchObject([{ json: '{"yes":1}' }])
  })

  test('an array of nothing has no events', async () => {
    for (const content of ['[]', ' [ ] ', '[\n]']) expect((await readAll(atTop, content)).readings).toEqual([])
    expect((await readAll(records, '{"Records":[]}')).readings).toEqual([])
  })

  test('quarantines elements that are no events, and goes on', async () => {
    const deep = `${'{"a":'.repeat(LIMITS.maxDepth)}{}${'}'.repeat(LIMITS.maxDepth)}`
    const long = `{"a":"${'x'.repeat(2 * LIMITS.maxLineBytes)}"}`
    const elements = ['1', '{"a":1,}', '"te]xt"', 'null', '[{}]', deep, '{"a":"\n"}', '{"a":tru}', long, '-', '{"b":2}']
    const { readings } = await readAll(atTop, `[${elements.join(',')}]`)
    expect(
      readings.map((one) => ('reason' in one ? [one.reason, one.line, one.part] : [one.json, one.line, 0])),
    ).toEqual([
      ['not_object', 1, 1],
      ['not_json', 2, 1],
      ['not_object', 3, 1],
      ['not_object', 4, 1],
      ['not_object', 5, 1],
      ['too_deep', 6, 1],
      ['not_json', 7, 1],
      ['not_json', 8, 1],
      ['too_long', 9, 1],
      ['too_long', 9, 2],
      ['too_long', 9, 3],
      ['not_json', 10, 1],
      ['{"b":2}', 11, 0],
    ])
    const texts = readings.map((one) => ('text' in one ? one.text : one.json))
    expect(texts.join('')).toBe(elements.join(''))
  })

  test('not_utf8: the record alone', async () => {
    const content = Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xff]), Buffer.from('"},{"a":"é"}]')])
    expect((await readAll(atTop, content)).readings).toMatchObject([{ reason: 'not_utf8' }, { value: { a: 'é' } }])
  })

  test.each([
    ['nothing', '', /the end of the content/],
    ['a document that ends early', '[{"a":1},', /the end of the content/],
    ['one that ends in a record', '[{"a":1},{"a"', /the end of the content/],
    ['one that ends in a text', '[{"a":1},"', /the end of the content/],
    ['one that ends before its last bracket', '[{"a":1}', /the end of the content/],
    ['no array', '{"a":1}', /seen: "\{"; wanted: a list at the top/],
    ['JSON lines', '[{"a":1}]\n[{"a":2}]', /wanted: nothing after the document/],
    ['a comma too many', '[{"a":1},]', /seen: "\]"; wanted: a value/],
    ['a comma at first', '[,{"a":1}]', /wanted: a value/],
    ['no comma', '[{"a":1} {"a":2}]', /seen: "\{"; wanted: ","/],
    ['brackets that do not match', '[{"a":[1}]]', /bracket of the other kind/],
    ['one bracket too many', '[{"a":1}]]', /nothing after/],
    ['another word', '[nil]x', /nothing after/],
    ['no text at all', '\x7fELF', /byte 0 of its content; seen: byte 0x7f/],
    ['half a mark', '\xef\xbbx', /./],
  ])('refuses %s', async (_, content, message) => {
    const error = await thrownBy(() => readAll(atTop, Buffer.from(content, 'latin1')))
    expect(error.code).toBe('source')
    expect(error.message).toMatch(message)
  })

  test.each([
    ['no such member', '{"records":[]}', /wanted: a list at "Records"/],
    ['nothing there', '{"Records":null}', /seen: "n"; wanted: a list at "Records"/],
    ['an object there', '{"Records":{}}', /a list at "Records"/],
    ['an array at the top', '[]', /an object with "Records"/],
    ['it twice', '{"Records":[],"Records":[]}', /"Records" twice/],
    ['an end after the records', '{"Records":[{"a":1}]', /the end of the content/],
    ['a cut member after them', '{"Records":[{"a":1}],"b":{"c":[1,2}', /other kind/],
    ['no colon', '{"Records"[]}', /wanted: ":"/],
    ['no key', '{Records:[]}', /wanted: a key/],
    ['a comma at the end', '{"Records":[],}', /wanted: a key/],
    ['more after it', '{"Records":[]}{"Records":[]}', /nothing after/],
  ])('refuses %s at a path', async (_, content, message) => {
    const error = await thrownBy(() => readAll(records, content))
    expect(error.code).toBe('source')
    expect(error.message).toMatch(message)
  })

  test('holds no more than a record may be of a record, a key or a member without end', async () => {
    const filler = Buffer.alloc(256 * 1024, 0x61)
    const content = async function* () {
      yield Buffer.from('{"')
      for (let i = 0; i < 200; i++) yield filler
      yield Buffer.from('":"')
      for (let i = 0; i < 200; i++) yield filler
      yield Buffer.from('","brackets":')
      for (let i = 0; i < 40; i++) yield Buffer.alloc(filler.length, '[')
      for (let i = 0; i < 40; i++) yield Buffer.alloc(filler.length, ']')
      yield Buffer.from(',"Records":[{"a":"')
      for (let i = 0; i < 200; i++) yield filler
      yield Buffer.from('"},{"b":1}]}')
    }
    let most = 0
    let bytes = 0
    const events: unknown[] = []
    for await (const batch of records.read(content(), undefined, { ...LIMITS, maxLineBytes: 2 ** 20 })) {
      for (const one of batch) {
        if (one.kind === 'event') events.push(one.value)
        else bytes += one.text.length
        most = Math.max(most, one.kind === 'event' ? 0 : one.text.length)
      }
    }
    expect({ most, bytes, events }).toEqual({ most: 2 ** 20, bytes: 200 * filler.length + 8, events: [{ b: 1 }] })
  })

  test('is what JSON.parse makes of the document, wherever chunks end, and however it is laid out', async () => {
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.constantFrom('__proto__', '', 'Records'))
    const element = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string({ unit: 'binary', maxLength: 3 }), fc.jsonValue()))
    const limits = { maxLineBytes: 1e6, maxDepth: 100 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { maxLength: 3 }),
        fc.array(element),
        fc.dictionary(fc.string({ minLength: 4 }), fc.jsonValue()),
        fc.constantFrom(0, 1, '\t'),
        cuts,
        async (path, elements, others, indent, places) => {
          const document = path.reduceRight<unknown>(
            (inner, key) => Object.fromEntries([...Object.entries(others), [key, inner], ['other', others]]),
            elements,
          )
          const bytes = Buffer.from(JSON.stringify(document, null, indent))
          const whole = await readAll(jsonRecords(path), bytes, limits)
          const cut = await readAll(jsonRecords(path), cutAt(bytes, places), limits)
          expect(cut.readings).toEqual(whole.readings)
          const objects = elements.filter((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
          const events = whole.readings.flatMap((one) => ('value' in one ? [one] : []))
          expect(events.map(({ value }) => value)).toEqual(objects.map((one) => JSON.parse(JSON.stringify(one))))
          expect(events.map(({ json }) => JSON.parse(Buffer.from(json, 'latin1').toString()))).toEqual(
            events.map(({ value }) => value),
          )
          expect(events.filter(({ json }) => json.includes('\n'))).toEqual([])
          expect(whole.readings).toHaveLength(elements.length)
        },
      ),
      // To make a document smaller takes minutes.
      { endOnFailure: true },
    )
  })

  test('every document that is cut is refused', async () => {
    const document = Buffer.from('{"v":{"a":[1,"}"]},"Records":[{"a":"\\"x"},{"b":[{}]},3],"last":"x"}\n')
    for (let end = 0; end < document.length - 1; end++) {
      expect((await thrownBy(() => readAll(records, document.subarray(0, end)))).code).toBe('source')
    }
    expect((await readAll(records, document)).readings).toHaveLength(3)
  })
})
