import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { thrownBy } from '../thrown.ts'
import { bytes, collect } from './object-bytes.ts'
import { listing, reading, smallReads } from './object-store-reads.ts'
import { cleaning, copying, creating, deleting, naming, probing, replacing, writing } from './object-store-writes.ts'

export interface StoreUnderTest {
  /** An empty store whose root exists. */
  readonly store: ObjectStore
  /** A store of the same kind whose root does not exist. */
  readonly missing: ObjectStore
  /** Removes both, and whatever is in them. */
  cleanUp(): Promise<void>
}

/** What every ObjectStore does. An adapter's tests call this, and add what is particular to it. */
export function objectStoreContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} as an object store`, () => {
    let made: StoreUnderTest
    let store: ObjectStore
    beforeEach(async () => {
      made = await makeStore()
      store = made.store
    })
    afterEach(() => made.cleanUp())

    const current = (): ObjectStore => store
    describe('list', () => listing(current, () => made.missing))
    describe('head and get', () => smallReads(current))
    describe('read', () => reading(current))
    describe('write', () => writing(current))
    describe('putIfAbsent', () => creating(current))
    describe('putIfMatch', () => replacing(current))
    describe('copy', () => copying(current))
    describe('alias', () => naming(current))
    describe('delete', () => deleting(current))
    describe('removeUnfinished', () => cleaning(current))
    describe('checkConditions', () => probing(current))
    describe('keys', () => keys(current))
  })
}

function keys(store: () => ObjectStore): void {
  const wrong = ['', '/a', 'a/', 'a//b', '..', '../a', 'a/../b', 'a/..', '.', 'a/./b', 'a\0b', 'a/\ud800']

  it.each(wrong)('refuses %j everywhere', async (key) => {
    const uses = [
      () => store().head(key),
      () => store().get(key),
      () => collect(store().read(key)),
      () => store().write(key),
      () => store().putIfAbsent(key, bytes('x')),
      () => store().putIfMatch(key, bytes('x'), 'etag'),
      () => store().putIfMatch(key, bytes('x'), undefined),
      () => store().copy(key, 'b'),
      () => store().copy('b', key),
      () => store().delete(key),
    ]
    for (const use of uses) expect((await thrownBy(use)).code).toBe('usage')
    expect(await store().list('')).toEqual([])
  })

  it.each(wrong.filter((key) => key !== '' && key !== 'a/'))('refuses %j as a prefix', async (prefix) => {
    expect((await thrownBy(() => store().list(prefix))).code).toBe('usage')
  })
}
