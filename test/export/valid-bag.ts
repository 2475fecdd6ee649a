import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { readRawZip } from './raw-zip.ts'

/** The payload of a zip, by its path in the bag, after the bag was found valid by RFC 8493. Fails the test otherwise. */
export async function validBag(file: string): Promise<ReadonlyMap<string, Buffer>> {
  return validBagOf(await readFile(file))
}

export function validBagOf(zip: Buffer): ReadonlyMap<string, Buffer> {
  const entries = readRawZip(zip)
  const [base] = entries[0]!.name.split('/')
  // Section 4.2: one folder in the zip.
  expect(entries.filter(({ name }) => !name.startsWith(`${base}/`))).toEqual([])
  const files = new Map(entries.map(({ name, content }) => [name.slice(base!.length + 1), content]))
  expect(files.size).toBe(entries.length)
  // 2.1.1
  expect(files.get('bagit.txt')?.toString()).toBe('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')
  const payload = new Map([...files].filter(([path]) => path.startsWith('data/')))
  const manifest = linesOf(files, 'manifest-sha256.txt')
  // 3: complete; each file once, and no file that is not listed.
  expect(manifest.map(({ path }) => path).sort()).toEqual([...payload.keys()].sort())
  const tags = linesOf(files, 'tagmanifest-sha256.txt')
  expect(tags.map(({ path }) => path).sort()).toEqual(['bag-info.txt', 'bagit.txt', 'manifest-sha256.txt'])
  // 3: valid
  for (const { path, checksum } of [...manifest, ...tags])
    expect(`${path} ${sha256(files.get(path)!)}`).toBe(`${path} ${checksum}`)
  // 2.2.2
  const bytes = [...payload.values()].reduce((sum, content) => sum + content.length, 0)
  expect(files.get('bag-info.txt')?.toString()).toMatch(new RegExp(`^Payload-Oxum: ${bytes}\\.${payload.size}$`, 'm'))
  return payload
}

function linesOf(files: ReadonlyMap<string, Buffer>, name: string) {
  const text = files.get(name)?.toString() ?? ''
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const [, checksum = '', path = ''] = /^([0-9a-f]{64}) {2}(\S.*)$/.exec(line) ?? []
      return { checksum, path: decodeURIComponent(path.replace(/%(?!25|0A|0D)/g, '%25')) }
    })
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
