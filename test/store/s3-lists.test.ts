import { describe, expect, it } from 'vitest'
import { listDay } from '../../lib/archive/day-listing.ts'
import { parseLayout } from '../../lib/archive/layout.ts'
import type { ObjectSink } from '../../lib/store/object-store.ts'
import { bytes, inByteOrder, text, writeAll } from '../contract/object-bytes.ts'
import type { Fault } from '../servers/s3-fault.ts'
import { thrownBy } from '../thrown.ts'
import { isCreate, isMethod, s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const put = (key: string, content = 'x') => bucket.server().put(bucket.name(), key, bytes(content))
const isList = ({ method, query }: { method: string; query: Readonly<Record<string, string>> }) =>
  method === 'GET' && query['list-type'] === '2'

describe('a listing', () => {
  it('is of what is below its prefix, and of keys as they are', async () => {
    const names = [
      'a b',
      'a+b',
      'a%20b',
      'a%2Fb',
      '100%',
      'ü/\u{1f600}',
      'ü/\ufffd',
      'a&b<c>"d\'',
      'Z',
      'line\nbreak',
      'tab\tbell\u0007',
    ]
    for (const name of names) put(`in/${name}`)
    for (const other of ['in', 'inside', 'in2/a', 'out/a', 'a']) put(other)
    const store = bucket.open()
    expect((await store.list('')).map(({ key }) => key)).toEqual(inByteOrder(names))
    for (const name of names) expect(text((await store.get(name))?.bytes), name).toBe('x')
    expect((await bucket.openAt(`s3://${bucket.name()}`).list('')).length).toBe(names.length + 5)
  })

  it('is of all pages, whatever the keys', async () => {
    const names = Array.from({ length: 2_500 }, (_, index) => `${index % 3 === 0 ? 'Ä' : 'b'} ${index}+${index % 7}`)
    for (const name of names) put(`in/${name}`)
    expect((await bucket.open().list('')).map(({ key }) => key)).toEqual(inByteOrder(names))
    expect(bucket.requests(isList)).toHaveLength(3)
  })

  it('leaves folders and temporary names out, and keeps keys that cannot be read', async () => {
    for (const folder of ['in/', 'in/20250314/', 'in/a/b/']) put(folder, '')
    for (const temporary of ['in/.dayseal-tmp-1', 'in/a/.dayseal-lock-2']) put(temporary)
    const odd = ['20250314//05.jsonl.gz', '20250314/../05.jsonl.gz', './a', 'a/', '\u0000']
    for (const key of [...odd, '20250314/05.jsonl.gz']) put(`in/${key}`)
    const store = bucket.open()
    expect((await store.list('')).map(({ key }) => key)).toEqual(inByteOrder([...odd, '20250314/05.jsonl.gz']))
    for (const key of odd) expect((await thrownBy(() => store.get(key))).code).toBe('usage')
    const day = await listDay(store, parseLayout('{yyyy}{MM}{dd}/{HH}.jsonl.gz'), '2025-03-14')
    expect([...day.hours.keys()]).toEqual(['05'])
    expect(day.unexpected).toEqual(['20250314/../05.jsonl.gz', '20250314//05.jsonl.gz'])
  })

  it.each<[string, string]>([
    ['cannot go on', '<IsTruncated>true</IsTruncated>'],
    ['goes on with nothing', '<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>'],
    ['goes round in circles', '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'],
    ['has keys from elsewhere', '<Contents><Key>out/a</Key><ETag>e</ETag><Size>1</Size></Contents>'],
    ['has no etags', '<Contents><Key>in/a</Key><Size>1</Size></Contents>'],
    [
      'has keys that are not UTF-8',
      '<EncodingType>url</EncodingType><Contents><Key>in/%FF</Key><ETag>e</ETag></Contents>',
    ],
  ])('that %s is an error', async (_, inside) => {
    const body = `<?xml version="1.0"?><ListBucketResult>${inside}</ListBucketResult>`
    const fault: Fault = { kind: 'answer', status: 200, body }
    bucket.server().fail({ fault, when: isList, times: 9 })
    const error = await thrownBy(() => bucket.open().list(''))
    expect(error.code).toBe('storage')
  })

  it('is tried again when the store asks for fewer requests', async () => {
    put('in/a')
    bucket.server().fail({ fault: { kind: 'refuse', status: 503, code: 'SlowDown' }, when: isList, times: 2 })
    expect(await bucket.open().list('')).toHaveLength(1)
  })
})

describe('unfinished writes', () => {
  it('that began before a time are removed, below a folder, on every page', async () => {
    const store = bucket.open()
    const names = ['a/1', 'a/2 +%ü', 'a/3', 'a/4', 'a/5', 'ab/1', 'b']
    const sinks: ObjectSink[] = []
    for (const name of names) {
      const sink = await store.write(name)
      for (let written = 0; written < 2; written++) await sink.write(Buffer.alloc(9 * 2 ** 20))
      sinks.push(sink)
    }
    expect(bucket.requests(isCreate)).toHaveLength(names.length)
    const keys = () =>
      bucket
        .server()
        .unfinished(bucket.name())
        .map(({ key }) => key)
    expect(await store.removeUnfinished('a', Date.now() - 600_000)).toBe(0)
    expect(keys()).toHaveLength(names.length)
    expect(await store.removeUnfinished('a', Date.now() + 600_000)).toBe(5)
    expect(keys().sort()).toEqual(['in/ab/1', 'in/b'])
    const error = await thrownBy(() => sinks[0]!.commit())
    expect(error.message).toContain('NoSuchUpload')
    for (const sink of sinks) await sink.abort()
    expect(keys()).toEqual([])
  })
})

describe('a copy', () => {
  const sizes = { whole: 8 * 2 ** 20, part: 6 * 2 ** 20 }
  const content = Buffer.alloc(20 * 2 ** 20 + 1, 'some bytes that repeat, but not in step with any block. ')
  const isCopy = ({ headers }: { headers: object }) => 'x-amz-copy-source' in headers

  it('of a large object is made of parts, and pinned', async () => {
    const store = bucket.open({ copySizes: sizes })
    const info = await writeAll(store, 'a b/ü+%', content)
    await store.copy('a b/ü+%', 'to')
    const copies = bucket.requests(isCopy)
    expect(copies).toHaveLength(4)
    for (const { headers } of copies) expect(headers['x-amz-copy-source-if-match']).toBe(`"${info.etag}"`)
    expect(Buffer.from((await store.get('to'))!.bytes).equals(content)).toBe(true)
  })

  it('of a small one is one request, and pinned', async () => {
    const store = bucket.open()
    const info = await writeAll(store, 'a b/ü+%', bytes('x'))
    await store.copy('a b/ü+%', 'to')
    expect(bucket.requests(isCopy).map(({ headers }) => headers['x-amz-copy-source-if-match'])).toEqual([
      `"${info.etag}"`,
    ])
  })

  it.each([
    ['whole', 20 * 2 ** 20],
    ['by parts', 20 * 2 ** 20 + 1],
  ])('%s of an object that changes meanwhile fails so that it can be told, and leaves nothing', async (_, whole) => {
    const store = bucket.open({ copySizes: { ...sizes, whole } })
    await writeAll(store, 'a', content.subarray(0, 20 * 2 ** 20 + (whole === 20 * 2 ** 20 ? 0 : 1)))
    await changeAtCopy()
    expect(await thrownBy(() => store.copy('a', 'to'))).toMatchObject({ reason: 'object-changed' })
    expect(await store.head('to')).toBeUndefined()
    expect(bucket.server().unfinished(bucket.name())).toEqual([])
  })

  const changeAtCopy = async () =>
    bucket.server().fail({ fault: { kind: 'wait', until: async () => put('in/a', 'other') }, when: isCopy })

  it('of an object that goes away meanwhile fails so that it can be told', async () => {
    const store = bucket.open()
    await writeAll(store, 'a', bytes('x'))
    const until = () => bucket.open().delete('a')
    bucket.server().fail({ fault: { kind: 'wait', until }, when: isCopy })
    expect(await thrownBy(() => store.copy('a', 'to'))).toMatchObject({ reason: 'object-missing' })
  })

  it('is tried again when the store asks for fewer requests', async () => {
    const store = bucket.open()
    await writeAll(store, 'a', bytes('x'))
    bucket.server().fail({ fault: { kind: 'refuse', status: 503, code: 'SlowDown' }, when: isCopy, times: 2 })
    await store.copy('a', 'to')
    expect(text((await store.get('to'))?.bytes)).toBe('x')
    expect(bucket.requests(isMethod('PUT'))).toHaveLength(4)
  })
})
