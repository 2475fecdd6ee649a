import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSliceSpool, type SpooledFile } from '../../lib/intake/slice-spool.ts'
import { randomFrom } from '../../lib/random.ts'

const MIB = 2 ** 20

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayseal-spool-'))
})
afterEach(() => rm(folder, { recursive: true }))

const path = () => join(folder, 'spool')

interface Line {
  readonly file: string
  readonly text: string
}

/** What the files are, as stored bytes, by name. */
async function spooled(lines: Iterable<Line>, budget: number) {
  const spool = await openSliceSpool({ path: path(), budget })
  try {
    for (const { file, text } of lines) await spool.add(file, Buffer.from(text))
    const files = await spool.finish()
    const bytes = new Map<string, Buffer>()
    for (const file of files) {
      const chunks: Uint8Array[] = []
      for await (const chunk of spool.read(file)) chunks.push(chunk)
      bytes.set(file.name, Buffer.concat(chunks))
    }
    return { files, bytes }
  } finally {
    await spool.close()
  }
}

function randomLines(seed: number, count: number): Line[] {
  const random = randomFrom(seed)
  return Array.from({ length: count }, (_, n) => ({
    // Some files have many lines, and most a few.
    file: `f${Math.floor(random() ** 4 * 200)}`,
    text: `${n} ${'é'.repeat(Math.floor(random() ** 8 * 5000))}`,
  }))
}

test.each([16, 1000, 64 * MIB])('with %d bytes, the lines of each file come back in their order', async (budget) => {
  const seed = randomInt(2 ** 31)
  const lines = randomLines(seed, 3000)
  const { files, bytes } = await spooled(lines, budget)
  const wanted = Map.groupBy(lines, ({ file }) => file)
  expect(files.map(({ name }) => name)).toEqual([...wanted.keys()].sort())
  for (const { name, lines: count } of files) {
    const texts = wanted.get(name)!.map(({ text }) => `${text}\n`)
    expect(gunzipSync(bytes.get(name)!).toString(), `seed ${seed}, ${name}`).toBe(texts.join(''))
    expect(count).toBe(texts.length)
  }
})

test('the same lines make the same bytes, in members that end where memory ended', async () => {
  const seed = randomInt(2 ** 31)
  const lines = randomLines(seed, 5000)
  const first = await spooled(lines, 100_000)
  expect(await spooled(lines, 100_000), `seed ${seed}`).toEqual(first)
  const members = (files: readonly SpooledFile[]) => files.flatMap((file) => file.members).length
  expect(members(first.files)).toBeGreaterThan(first.files.length)
  const roomy = await spooled(lines, 64 * MIB)
  expect(members(roomy.files)).toBe(roomy.files.length)
})

test('memory stays what it may be, however much there is', async () => {
  const budget = 8 * MIB
  // What does not compress: what is compressed takes as much memory as the lines.
  const text = randomBytes(30_000).toString('base64')
  const spool = await openSliceSpool({ path: path(), budget })
  const before = process.memoryUsage().arrayBuffers
  let peak = 0
  for (let n = 0; n < 4000; n++) {
    await spool.add(`f${n % 50}`, Buffer.from(text))
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
  }
  await spool.finish()
  await spool.close()
  expect(peak).toBeLessThan(8 * budget)
})

test('nothing of it has a name, so that nothing stays when the process is killed', async () => {
  const spool = await openSliceSpool({ path: path(), budget: 16 })
  await spool.add('a', Buffer.from('a line that is longer than the budget'))
  expect(await readdir(folder)).toEqual([])
  await spool.close()
})

test('a file that is there already is not written into', async () => {
  await writeFile(path(), 'something else')
  await expect(openSliceSpool({ path: path(), budget: 16 })).rejects.toMatchObject({ code: 'storage' })
})
