import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { walkLines } from '../../lib/verify/walk-lines.ts'

/** Every line as `walkLines` tells it, whatever the blocks. */
async function walk(blocks: readonly Uint8Array[], keep: (number: number) => boolean) {
  const passed: [number, boolean][] = []
  const kept: [number, string][] = []
  const source = (async function* () {
    yield* blocks
  })()
  for await (const { number, bytes } of walkLines(source, { keep, pass: (...line) => passed.push(line) })) {
    kept.push([number, Buffer.from(bytes).toString('latin1')])
  }
  return { passed, kept }
}

/** The same by splitting the whole text. */
function reference(text: string, keep: (number: number) => boolean) {
  const lines = text.replace(/^\xef\xbb\xbf/, '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  const numbered = lines.map((line, i) => ({ number: i + 1, line, blank: /^[ \t\r]*$/.test(line) }))
  return {
    passed: numbered.map(({ number, blank }) => [number, blank]),
    kept: numbered.filter(({ number, blank }) => keep(number) && !blank).map(({ number, line }) => [number, line]),
  }
}

const text = fc
  .array(fc.constantFrom('a', '{"x":1}', '\n', '\n', ' ', '\t', '\r', '\xef\xbb\xbf', '\xef'), { maxLength: 20 })
  .map((parts) => parts.join(''))

describe('walkLines', () => {
  it('gives the lines of any bytes in any blocks', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.nat(6), { minLength: 1 }),
        fc.func(fc.boolean()),
        async (content, sizes, some) => {
          const keep = (number: number) => some(number)
          const bytes = Buffer.from(content, 'latin1')
          const blocks: Uint8Array[] = []
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = Math.max(sizes[i % sizes.length]!, 1)
            blocks.push(bytes.subarray(at, at + size))
            at += size
          }
          expect(await walk(blocks, keep)).toEqual(reference(content, keep))
        },
      ),
    )
  })

  it('asks for a line after it passed the one before', async () => {
    const events: string[] = []
    const blocks = [Buffer.from('a\n\nb')]
    const source = (async function* () {
      yield* blocks
    })()
    const walked = walkLines(source, {
      keep: (number) => events.push(`keep ${number}`) > 0,
      pass: (number, blank) => events.push(`pass ${number}${blank ? ' blank' : ''}`),
    })
    for await (const { number } of walked) events.push(`line ${number}`)
    expect(events).toEqual([
      'keep 1',
      'pass 1',
      'keep 2',
      'line 1',
      'pass 2 blank',
      'keep 3',
      'pass 3',
      'keep 4',
      'line 3',
    ])
  })
})
