import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OpenSource, readAhead } from '../../lib/archive/read-ahead.ts'
import { datasetFromFlags } from '../../lib/config.ts'
import { convertHour } from '../../lib/convert/convert-hour.ts'
import { convertSettings } from '../../lib/convert/settings.ts'
import type { ObjectInfo } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { thrownBy } from '../thrown.ts'
import { DATE } from './day.ts'

describe('an hour of many slices', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'dayseal-many-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const nameOf = (n: number) => n.toString(16).padStart(32, '0')
  const lineOf = (n: number) => `${JSON.stringify({ n, path: `/item/${n % 17}`, ms: n / 7 })}\n`
  const write = async (archive: string, name: string, text: string) => {
    await mkdir(join(root, archive), { recursive: true })
    await writeFile(join(root, archive, `${name}.jsonl.gz`), gzipSync(text))
  }
  const convert = async (archive: string) => {
    const dataset = datasetFromFlags({
      archive: root,
      out: join(root, `${archive}-out`),
      layout: '{yyyy}{MM}{dd}{HH}*',
    })
    const store = openStore(join(root, archive))
    const sources = await store.list('')
    const task = { date: DATE, hour: '05', sources, settings: convertSettings(dataset), base: [], day: null }
    const out = openStore(dataset.out, { createRoot: true })
    return { ledger: await convertHour(task, { archive: store, out }), out }
  }

  it('has the very part that one file of their lines has', async () => {
    const lines = Array.from({ length: 3000 }, (_, n) => lineOf(n))
    for (const [n, line] of lines.entries())
      if (n % 3 === 0) await write('many', nameOf(n), line + lines[n + 1]! + lines[n + 2]!)
    await write('one', 'all', lines.join(''))
    const { ledger: many } = await convert('many')
    const { ledger: one } = await convert('one')
    expect(many.part).toEqual(one.part)
    expect(many.sources.map(({ key }) => key)).toEqual(
      Array.from({ length: 1000 }, (_, n) => `${nameOf(n * 3)}.jsonl.gz`),
    )
    expect(new Set(many.sources.map(({ lines_read }) => lines_read))).toEqual(new Set([3]))
  })

  it('fails with the first slice that is damaged, whatever comes after it', async () => {
    for (let n = 0; n < 20; n++) await write('many', nameOf(n), lineOf(n))
    for (const n of [6, 5]) await truncate(join(root, 'many', `${nameOf(n)}.jsonl.gz`), 30)
    const error = await thrownBy(() => convert('many'))
    expect([error.code, error.message]).toEqual(['source', expect.stringContaining(`${nameOf(5)}.jsonl.gz is cut`)])
  })
})

describe('readAhead', () => {
  const KIB = 1024
  /** Sources of pieces of 64 KiB, each filled with the number of its source; what is open and what was pulled is counted. */
  function fake(pieces: readonly number[], faultAt?: number) {
    const seen = { open: 0, mostOpen: 0, pulled: 0, closed: [] as number[] }
    const piece = new Uint8Array(64 * KIB)
    const open = (source: ObjectInfo): OpenSource & { readonly source: ObjectInfo } => {
      const n = Number(source.key)
      async function* blocks() {
        seen.open++
        seen.mostOpen = Math.max(seen.mostOpen, seen.open)
        try {
          for (let i = 0; i < pieces[n]!; i++) {
            await new Promise((resolve) => setImmediate(resolve))
            if (n === faultAt && i === 1) throw new Error(`fault in ${n}`)
            seen.pulled += piece.length
            yield piece.fill(n)
          }
        } finally {
          seen.open--
          seen.closed.push(n)
        }
      }
      return { source, blocks: blocks() }
    }
    const sources = pieces.map((_, n) => ({ key: String(n), size: 1, etag: 'e', modified: 0 }))
    return { seen, opened: readAhead(sources, open) }
  }
  const readAll = async (blocks: AsyncIterable<Uint8Array>) => {
    const found: number[] = []
    for await (const block of blocks) found.push(block[0]!, block.at(-1)!)
    return found
  }
  const settle = async () => {
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  it('gives every source in order and whole, with eight open at a time', async () => {
    const pieces = Array.from({ length: 30 }, (_, n) => (n === 13 ? 0 : 1 + (n % 5) * 7))
    const { seen, opened } = fake(pieces)
    const order: string[] = []
    for await (const { source, blocks } of opened) {
      order.push(source.key)
      await settle()
      expect(await readAll(blocks)).toEqual(Array(pieces[Number(source.key)]! * 2).fill(Number(source.key)))
    }
    expect(order).toEqual(pieces.map((_, n) => String(n)))
    expect(seen.mostOpen).toBe(8)
    expect(seen.open).toBe(0)
  })

  it('holds no more than 1 MiB and a piece of each', async () => {
    const { seen, opened } = fake(Array(20).fill(100))
    await opened.next()
    await settle()
    expect(seen.pulled).toBe(8 * 1024 * KIB)
    await opened.return()
    expect(seen.closed).toHaveLength(8)
  })

  it('throws a fault where it would have come, and closes the others', async () => {
    const { seen, opened } = fake(Array(20).fill(3), 2)
    const found: (string | number[])[] = []
    const reading = async () => {
      for await (const { source, blocks } of opened) {
        await settle()
        found.push(source.key)
        for await (const block of blocks) found.push([block[0]!])
      }
    }
    await expect(reading()).rejects.toThrow('fault in 2')
    expect(found).toEqual(['0', [0], [0], [0], '1', [1], [1], [1], '2', [2]])
    expect(seen.open).toBe(0)
  })

  it('goes on after a source that was not read to its end', async () => {
    const { seen, opened } = fake(Array(12).fill(100))
    const order: string[] = []
    for await (const { source } of opened) order.push(source.key)
    expect(order).toHaveLength(12)
    expect(seen.closed).toHaveLength(12)
  })
})
