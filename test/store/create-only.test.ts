import { describe, expect, it } from 'vitest'
import { DaysealError } from '../../lib/errors.ts'
import { createOnly } from '../../lib/store/create-only.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { bytes, text } from '../contract/object-bytes.ts'
import { thrownBy } from '../thrown.ts'
import { s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const broken = new DaysealError('storage', 'the connection broke', { reason: 'outcome-unknown' })

/** A store whose create-only writes end as `end` says, once they are made. */
function ending(end: (key: string) => Promise<unknown>): ObjectStore {
  const store = bucket.open()
  return {
    ...store,
    async putIfAbsent(key, content) {
      const put = await store.putIfAbsent(key, content)
      await end(key)
      return put
    },
  }
}

describe('a create-only commit', () => {
  it('is made, or taken by somebody else', async () => {
    const store = bucket.open()
    expect(await createOnly(store, 'a', bytes('mine'))).toEqual({ kind: 'created', info: await store.head('a') })
    expect(await createOnly(store, 'a', bytes('other'))).toEqual({ kind: 'taken' })
    expect(text((await store.get('a'))?.bytes)).toBe('mine')
  })

  it('is made when another writer had the same to say', async () => {
    const store = bucket.open()
    await createOnly(store, 'a', bytes('mine'))
    expect((await createOnly(store, 'a', bytes('mine'))).kind).toBe('created')
  })

  it('whose answer is lost is made, or taken, or unknown, as what is there tells', async () => {
    const failing = ending(() => Promise.reject(broken))
    expect((await createOnly(failing, 'a', bytes('mine'))).kind).toBe('created')
    expect((await createOnly(failing, 'a', bytes('other'))).kind).toBe('taken')
    const mute = { ...failing, get: () => Promise.reject(new Error('no answer either')) }
    expect(await thrownBy(() => createOnly(mute, 'a', bytes('mine')))).toBe(broken)
    const nothing = { ...failing, putIfAbsent: () => Promise.reject(broken) }
    expect(await thrownBy(() => createOnly(nothing, 'b', bytes('mine')))).toBe(broken)
  })

  it('that is not there a moment later is a fault', async () => {
    const store = bucket.open()
    const over = await thrownBy(() =>
      createOnly(
        ending((key) => putObject(store, key, bytes('theirs'))),
        'a',
        bytes('mine'),
      ),
    )
    expect(over.code).toBe('storage')
    expect(over.message).toMatch(
      /^a in s3:.* is not what was created there a moment ago; seen: SHA-256 .*wanted: SHA-256 /,
    )
    const gone = await thrownBy(() =>
      createOnly(
        ending((key) => store.delete(key)),
        'b',
        bytes('mine'),
      ),
    )
    expect(gone.message).toContain('seen: nothing')
  })
})
