import { expect, it } from 'vitest'
import { isObjectMissing, type ObjectStore } from '../../lib/store/object-store.ts'
import { thrownBy } from '../thrown.ts'
import { bytes, text, writeAll } from './object-bytes.ts'

export function writing(store: () => ObjectStore): void {
  it('shows the object at commit, whole, and says what it is', async () => {
    const sink = await store().write('new/folder/a')
    await sink.write(bytes('one '))
    await sink.write(bytes(''))
    await sink.write(bytes('two'))
    const info = await sink.commit()
    expect(info).toEqual(await store().head('new/folder/a'))
    expect(text((await store().get('new/folder/a'))?.bytes)).toBe('one two')
  })

  it('may be of no bytes', async () => {
    expect((await writeAll(store(), 'empty', bytes(''))).size).toBe(0)
    expect((await store().get('empty'))?.bytes).toHaveLength(0)
  })

  it('replaces what was there, with another etag, even at the same size and moment', async () => {
    const etags = new Set<string>()
    for (let round = 0; round < 20; round++) etags.add((await writeAll(store(), 'a', bytes(`${10 + round}`))).etag)
    expect(etags.size).toBe(20)
    expect(text((await store().get('a'))?.bytes)).toBe('29')
  })

  it('leaves what was there when it is aborted', async () => {
    await writeAll(store(), 'a', bytes('old'))
    for (const key of ['a', 'b']) {
      const sink = await store().write(key)
      await sink.write(bytes('new'))
      await sink.abort()
    }
    expect((await store().list('')).map(({ key }) => key)).toEqual(['a'])
    expect(text((await store().get('a'))?.bytes)).toBe('old')
  })

  it('is over after its end', async () => {
    const sink = await store().write('a')
    await sink.commit()
    await expect(sink.write(bytes('more'))).rejects.toThrow()
    await expect(sink.commit()).rejects.toThrow()
    await sink.abort()
    expect((await store().get('a'))?.bytes).toHaveLength(0)
  })

  it('by several at once gives one of them, whole', async () => {
    const contents = Array.from({ length: 8 }, (_, index) => Buffer.alloc(300_000, `${index}`))
    await Promise.all(contents.map((content) => writeAll(store(), 'a', content)))
    const got = await store().get('a')
    expect(contents.some((content) => content.equals(got!.bytes))).toBe(true)
  })
}

export function creating(store: () => ObjectStore): void {
  it('writes once', async () => {
    const first = await store().putIfAbsent('new/a', bytes('first'))
    expect(first).toEqual({ kind: 'written', info: await store().head('new/a') })
    expect(await store().putIfAbsent('new/a', bytes('second'))).toEqual({ kind: 'conflict' })
    expect(text((await store().get('new/a'))?.bytes)).toBe('first')
    expect(await store().list('')).toHaveLength(1)
  })

  it('has one winner among 20 at once, and keeps what the winner wrote', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store().putIfAbsent('history/manifest', bytes(`writer ${index}`))),
    )
    const winners = outcomes.flatMap((outcome, index) => (outcome.kind === 'written' ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(text((await store().get('history/manifest'))?.bytes)).toBe(`writer ${winners[0]}`)
    expect(await store().list('')).toHaveLength(1)
  })
}

export function replacing(store: () => ObjectStore): void {
  it('replaces the state that it was given, and no other', async () => {
    const old = await writeAll(store(), 'a', bytes('one'))
    const outcome = await store().putIfMatch('a', bytes('two'), old.etag)
    expect(outcome).toEqual({ kind: 'written', info: await store().head('a') })
    expect(await store().putIfMatch('a', bytes('ten'), old.etag)).toEqual({ kind: 'conflict' })
    expect(text((await store().get('a'))?.bytes)).toBe('two')
    expect(await store().list('')).toHaveLength(1)
  })

  it('without an etag writes only what is not there', async () => {
    expect((await store().putIfMatch('a', bytes('one'), undefined)).kind).toBe('written')
    expect(await store().putIfMatch('a', bytes('two'), undefined)).toEqual({ kind: 'conflict' })
    expect(text((await store().get('a'))?.bytes)).toBe('one')
  })

  it('with an etag writes nothing where nothing is', async () => {
    const old = await writeAll(store(), 'a', bytes('one'))
    await store().delete('a')
    expect(await store().putIfMatch('a', bytes('two'), old.etag)).toEqual({ kind: 'conflict' })
    expect(await store().putIfMatch('no/such/a', bytes('two'), old.etag)).toEqual({ kind: 'conflict' })
    expect(await store().list('')).toEqual([])
  })

  it('has one winner among 20 at once', async () => {
    const old = await writeAll(store(), 'a', bytes('old value'))
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store().putIfMatch('a', bytes(`writer ${10 + index}`), old.etag)),
    )
    const winners = outcomes.flatMap((outcome, index) => (outcome.kind === 'written' ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(text((await store().get('a'))?.bytes)).toBe(`writer ${10 + winners[0]!}`)
  })

  it('loses no update of those who read, change and write until they succeed', async () => {
    await writeAll(store(), 'count', bytes('100'))
    const addOne = async (): Promise<void> => {
      const got = await store().get('count')
      const next = bytes(String(Number(text(got?.bytes)) + 1))
      if ((await store().putIfMatch('count', next, got!.info.etag)).kind === 'conflict') await addOne()
    }
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        for (let round = 0; round < 5; round++) await addOne()
      }),
    )
    expect(text((await store().get('count'))?.bytes)).toBe('125')
  })
}

export function copying(store: () => ObjectStore): void {
  it('makes a new object, and replaces one', async () => {
    await writeAll(store(), 'from/a', bytes('one'))
    await store().copy('from/a', 'to/deep/a')
    expect(text((await store().get('to/deep/a'))?.bytes)).toBe('one')
    await writeAll(store(), 'from/b', bytes('two'))
    const before = await store().head('to/deep/a')
    await store().copy('from/b', 'to/deep/a')
    expect(text((await store().get('to/deep/a'))?.bytes)).toBe('two')
    expect((await store().head('to/deep/a'))?.etag).not.toBe(before?.etag)
    expect((await store().list('')).map(({ key }) => key)).toEqual(['from/a', 'from/b', 'to/deep/a'])
  })

  it('may be done again, and onto itself', async () => {
    await writeAll(store(), 'a', bytes('one'))
    await store().copy('a', 'b')
    await store().copy('a', 'b')
    await store().copy('b', 'b')
    expect(text((await store().get('b'))?.bytes)).toBe('one')
    expect((await store().list('')).map(({ key }) => key)).toEqual(['a', 'b'])
  })

  it('gives two objects that live apart', async () => {
    await writeAll(store(), 'a', bytes('one'))
    await store().copy('a', 'b')
    await writeAll(store(), 'b', bytes('two'))
    expect(text((await store().get('a'))?.bytes)).toBe('one')
    await store().copy('a', 'b')
    await store().delete('a')
    expect(text((await store().get('b'))?.bytes)).toBe('one')
  })

  it('of a missing object fails so that it can be told, and changes nothing', async () => {
    await writeAll(store(), 'to', bytes('old'))
    const error = await thrownBy(() => store().copy('from', 'to'))
    expect(isObjectMissing(error)).toBe(true)
    expect(text((await store().get('to'))?.bytes)).toBe('old')
  })
}

export function naming(store: () => ObjectStore): void {
  it('gives an object another name, which can be given to a newer one', async () => {
    await writeAll(store(), 'out/a-1', bytes('one'))
    await writeAll(store(), 'out/a-2', bytes('two'))
    await store().alias('out/a-1', 'out/latest')
    expect(text((await store().get('out/latest'))?.bytes)).toBe('one')
    await store().alias('out/a-2', 'out/latest')
    expect(text((await store().get('out/latest'))?.bytes)).toBe('two')
    expect(text((await store().get('out/a-1'))?.bytes)).toBe('one')
    expect((await store().list('out/')).map(({ key }) => key)).toEqual(['out/a-1', 'out/a-2', 'out/latest'])
  })

  it('of a missing object fails so that it can be told, and changes nothing', async () => {
    await writeAll(store(), 'to', bytes('old'))
    const error = await thrownBy(() => store().alias('from', 'to'))
    expect(isObjectMissing(error)).toBe(true)
    expect(text((await store().get('to'))?.bytes)).toBe('old')
  })
}

export function deleting(store: () => ObjectStore): void {
  it('removes an object and nothing else, and may be done again', async () => {
    for (const key of ['a/b', 'a/c', 'a.b']) await store().putIfAbsent(key, bytes(key))
    for (const key of ['a/b', 'a/b', 'a', 'never/was', 'a.b/below']) await store().delete(key)
    expect((await store().list('')).map(({ key }) => key)).toEqual(['a.b', 'a/c'])
  })
}

export function cleaning(store: () => ObjectStore): void {
  it('leaves objects alone, and the writes that are younger', async () => {
    const sink = await store().write('a/b/unfinished')
    await sink.write(bytes('x'))
    await writeAll(store(), 'a/b/object', bytes('whole'))
    await store().removeUnfinished('a', 0)
    await sink.commit()
    await store().removeUnfinished('a', Number.MAX_SAFE_INTEGER)
    expect((await store().list('')).map(({ key }) => key)).toEqual(['a/b/object', 'a/b/unfinished'])
  })

  it('has nothing to do where there is nothing', async () => {
    expect(await store().removeUnfinished('nowhere', Number.MAX_SAFE_INTEGER)).toBe(0)
  })
}

export function probing(store: () => ObjectStore): void {
  it('finds that they are checked, again and again, and by several at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => store().checkConditions('hourly/')))
    await store().checkConditions('hourly/')
    await store().checkConditions('hourly/')
  })

  it('leaves nothing that is listed, and what is there', async () => {
    await writeAll(store(), 'hourly/2025-03-14/05.json', bytes('{}'))
    await store().checkConditions('hourly/')
    for (const prefix of ['', 'hourly/', 'hourly/.dayseal-p'])
      expect((await store().list(prefix)).filter(({ key }) => key !== 'hourly/2025-03-14/05.json')).toEqual([])
    expect(text((await store().get('hourly/2025-03-14/05.json'))?.bytes)).toBe('{}')
  })
}
