import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileCodec } from '../../../lib/export/output/compress.ts'
import { encryption } from '../../../lib/export/output/encrypt.ts'
import type { Transformation } from '../../../lib/export/output/pipe-output.ts'
import { storedTarget } from '../../../lib/export/output/target.ts'
import { randomFrom } from '../../../lib/random.ts'
import { sha256 } from '../../../lib/sha256.ts'
import { openDirectory } from '../../../lib/store/directory.ts'
import type { ObjectStore } from '../../../lib/store/object-store.ts'
import { thrownBy } from '../../thrown.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayseal-target-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** 3 MB in writes of many sizes, each of which is overwritten once it has been taken. */
async function writeAll(store: ObjectStore, transformations: readonly Transformation[]) {
  const random = randomFrom(11)
  const target = storedTarget({ store, key: 'exports/a/a.csv', transformations })
  const file = await target.create()
  const pieces: Buffer[] = []
  for (let i = 0; i < 60; i++) {
    const piece = Buffer.from(Array.from({ length: Math.floor(random() * 100_000) }, () => Math.floor(random() * 64)))
    pieces.push(Buffer.from(piece))
    await file.write(piece)
    piece.fill(0)
  }
  await file.close()
  return { target, content: Buffer.concat(pieces) }
}

describe('a target', () => {
  const codecs = { gzip: gunzipSync, zstd: zstdDecompressSync, brotli: brotliDecompressSync }
  for (const [codec, decompress] of Object.entries(codecs)) {
    it(`compresses with ${codec}, and says what it wrote`, async () => {
      const { transform } = fileCodec({ codec: codec as keyof typeof codecs, level: undefined })!
      const { target, content } = await writeAll(openDirectory(folder), [transform])
      expect(await readdir(join(folder, 'exports/a'))).not.toContain('a.csv')
      const [file] = await target.commit()
      const bytes = await readFile(join(folder, 'exports/a/a.csv'))
      expect(file).toEqual({ key: 'exports/a/a.csv', bytes: bytes.length, sha256: sha256(bytes) })
      expect(decompress(bytes).equals(content)).toBe(true)
    })
  }

  it('encrypts what it compressed, for each recipient', async () => {
    const identities = [await generateX25519Identity(), await generateX25519Identity()]
    const recipients = await Promise.all(identities.map(identityToRecipient))
    const gzip = fileCodec({ codec: 'gzip', level: 9 })!.transform
    const { target, content } = await writeAll(openDirectory(folder), [gzip, await encryption(recipients)])
    await target.commit()
    for (const identity of identities) {
      const decrypter = new Decrypter()
      decrypter.addIdentity(identity)
      const plain = await decrypter.decrypt(await readFile(join(folder, 'exports/a/a.csv')))
      expect(gunzipSync(plain).equals(content)).toBe(true)
    }
  })

  it('refuses what is no recipient, and a level that the codec lacks', async () => {
    expect(await thrownBy(() => encryption(['age1nobody']))).toMatchObject({ code: 'usage' })
    expect((await thrownBy(() => fileCodec({ codec: 'gzip', level: 10 }))).message).toBe(
      'gzip has no level 10; wanted: 1 to 9',
    )
  })

  it('throws the fault of the store, and leaves no trace', async () => {
    const full = new Error('no space')
    const store = openDirectory(folder)
    const failing: ObjectStore = {
      ...store,
      write: async (key) => {
        const sink = await store.write(key)
        let room = 100_000
        return {
          ...sink,
          write: async (bytes) => {
            room -= bytes.length
            if (room < 0) throw full
            await sink.write(bytes)
          },
        }
      },
    }
    const target = storedTarget({
      store: failing,
      key: 'exports/a/a.csv',
      transformations: [
        fileCodec({ codec: 'zstd', level: 1 })!.transform,
        fileCodec({ codec: 'gzip', level: 1 })!.transform,
      ],
    })
    const file = await target.create()
    const random = randomFrom(5)
    const writing = async () => {
      for (let i = 0; i < 100; i++) await file.write(Buffer.from(Array.from({ length: 50_000 }, () => random() * 256)))
      await file.close()
    }
    await expect(writing()).rejects.toBe(full)
    await target.abort(full)
    expect(await readdir(join(folder, 'exports/a'))).toEqual([])
  })

  it('removes files that are visible already when it is given up', async () => {
    const store = openDirectory(folder)
    const target = storedTarget({ store, key: 'exports/a/a.parquet', transformations: [] })
    for (const path of ['day=1/part-0.parquet', 'day=2/part-0.parquet']) {
      const file = await target.createIn(path)
      await file.write(Buffer.from(path))
      await file.close()
    }
    const third = await target.createIn('day=3/part-0.parquet')
    await third.write(Buffer.from('half'))
    expect(await store.list('exports/')).toHaveLength(2)
    await target.abort(new Error('stopped'))
    expect(await store.list('exports/')).toEqual([])
  })
})
