import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isObjectChanged, isObjectMissing, type ObjectStore } from '../../lib/store/object-store.ts'
import { thrownBy } from '../thrown.ts'
import { bytes, collect, inByteOrder, text, writeAll } from './object-bytes.ts'

export function listing(store: () => ObjectStore, missing: () => ObjectStore): void {
  it('of an empty store is empty', async () => {
    expect(await store().list('')).toEqual([])
    expect(await store().list('a/b')).toEqual([])
  })

  it('has every object at every depth, in the order of the UTF-8 bytes', async () => {
    const names = [
      'a',
      'a-b/c',
      'a.b',
      'a b/ü/\u{1f600}',
      'a b/ü/\ufffd',
      'a b/ü/z',
      '.hidden',
      'B',
      'deep/1/2/3/4',
      'aa',
      'é',
      '#?&%+"',
    ]
    for (const key of names) await store().putIfAbsent(key, bytes(key))
    const listed = await store().list('')
    expect(listed.map(({ key }) => key)).toEqual(inByteOrder(names))
    for (const info of listed) {
      expect(info.size).toBe(bytes(info.key).length)
      expect(await store().head(info.key)).toEqual(info)
    }
  })

  it('takes a prefix that ends anywhere', async () => {
    const names = ['day/05.jsonl', 'day/05.jsonl.gz', 'day/06.jsonl', 'day2/05.jsonl', 'da', 'x/day/05.jsonl']
    for (const key of names) await store().putIfAbsent(key, bytes('x'))
    const list = async (prefix: string) => (await store().list(prefix)).map(({ key }) => key)
    for (const prefix of [
      '',
      'd',
      'da',
      'day',
      'day/',
      'day/05',
      'day/05.jsonl',
      'day/05.jsonl.gz',
      'x/',
      'y',
      'day/05/',
      'da/x',
    ]) {
      expect(await list(prefix), prefix).toEqual(inByteOrder(names.filter((key) => key.startsWith(prefix))))
    }
  })

  it('is complete beyond one page', async () => {
    const names = Array.from({ length: 1234 }, (_, index) => `many/${index}`)
    for (let at = 0; at < names.length; at += 32) {
      await Promise.all(names.slice(at, at + 32).map((key) => store().putIfAbsent(key, bytes('x'))))
    }
    expect((await store().list('many/')).map(({ key }) => key)).toEqual(inByteOrder(names))
  })

  it('of a root that does not exist is an error that names it', async () => {
    const error = await thrownBy(() => missing().list(''))
    expect(error.code).toBe('storage')
    expect(error.message).toContain(missing().location)
    expect((await thrownBy(() => missing().list('some/prefix'))).code).toBe('storage')
  })

  it('does not show a write before its commit', async () => {
    const sink = await store().write('folder/unfinished')
    await sink.write(bytes('some'))
    expect(await store().list('')).toEqual([])
    expect(await store().head('folder/unfinished')).toBeUndefined()
    await sink.abort()
  })
}

export function smallReads(store: () => ObjectStore): void {
  it('know nothing of an object that is not there', async () => {
    await store().putIfAbsent('folder/object', bytes('x'))
    for (const key of ['other', 'folder', 'folder/other', 'folder/object/below']) {
      expect(await store().head(key), key).toBeUndefined()
      expect(await store().get(key), key).toBeUndefined()
    }
  })

  it('agree', async () => {
    const before = Date.now()
    await store().putIfAbsent('a', bytes('content'))
    const info = await store().head('a')
    expect(info).toMatchObject({ key: 'a', size: 7 })
    expect(info?.etag).not.toBe('')
    expect(Math.abs((info?.modified ?? 0) - before)).toBeLessThan(60_000)
    const got = await store().get('a')
    expect(got?.info).toEqual(info)
    expect(text(got?.bytes)).toBe('content')
    await store().putIfAbsent('empty', bytes(''))
    expect((await store().get('empty'))?.bytes).toHaveLength(0)
  })

  it('refuse what is larger than the caller can take', async () => {
    await store().putIfAbsent('a', bytes('12345'))
    expect(text((await store().get('a', 5))?.bytes)).toBe('12345')
    const error = await thrownBy(() => store().get('a', 4))
    expect(error.code).toBe('storage')
    expect(error.message).toMatch(/5 bytes.*4/)
  })
}

export function reading(store: () => ObjectStore): void {
  it('gives any range as slice does', async () => {
    const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251)
    await store().putIfAbsent('a', content)
    expect(await collect(store().read('a'))).toEqual(Buffer.from(content))
    const offset = fc.integer({ min: 0, max: 1100 })
    await fc.assert(
      fc.asyncProperty(offset, offset, async (x, y) => {
        const [start, end] = x < y ? [x, y] : [y, x]
        expect(await collect(store().read('a', { start, end }))).toEqual(Buffer.from(content.slice(start, end)))
        expect(await collect(store().read('a', { start }))).toEqual(Buffer.from(content.slice(start)))
      }),
      { numRuns: 30 },
    )
  })

  it('gives every byte of a large object', async () => {
    const content = Buffer.alloc(20 * 2 ** 20 + 17, 'some bytes that repeat, but not in step with any block. ')
    await writeAll(store(), 'large', content)
    expect((await collect(store().read('large'))).equals(content)).toBe(true)
    const part = await collect(store().read('large', { start: 9_999_999, end: 12_345_678 }))
    expect(part.equals(content.subarray(9_999_999, 12_345_678))).toBe(true)
  })

  it('of an empty object gives no bytes', async () => {
    await store().putIfAbsent('empty', bytes(''))
    expect(await collect(store().read('empty'))).toHaveLength(0)
  })

  it('of a missing object fails so that it can be told', async () => {
    await store().putIfAbsent('folder/object', bytes('x'))
    for (const key of ['other', 'folder', 'folder/object/below']) {
      const error = await thrownBy(() => collect(store().read(key)))
      expect(isObjectMissing(error), key).toBe(true)
      expect(isObjectChanged(error)).toBe(false)
      expect(error.code).toBe('storage')
      expect(error.message).toContain(key)
    }
  })

  it('is of the pinned state, or fails so that it can be told', async () => {
    await writeAll(store(), 'a', bytes('one'))
    const first = await store().head('a')
    expect(text(await collect(store().read('a', { etag: first!.etag })))).toBe('one')
    await writeAll(store(), 'a', bytes('two'))
    const error = await thrownBy(() => collect(store().read('a', { etag: first!.etag })))
    expect(isObjectChanged(error)).toBe(true)
    expect(isObjectMissing(error)).toBe(false)
    expect(error.code).toBe('storage')
  })

  it('ends when its signal is aborted', async () => {
    await store().putIfAbsent('a', bytes('content'))
    const reading = collect(store().read('a', { signal: AbortSignal.abort(new Error('stopped')) }))
    await expect(reading).rejects.toThrow('stopped')
  })
}
