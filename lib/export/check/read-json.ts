import { ArraySplitter } from './array-splitter.ts'
import type { RowTexts } from './row-texts.ts'

/**
 * The objects of an array, as they are written there.
 * @throws DaysealError `corrupt` for what is no array of objects, or does not end with one line end
 */
export async function* readJson(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RowTexts> {
  const splitter = new ArraySplitter()
  for await (const block of bytes) {
    const texts = splitter.push(block)
    if (texts.bounds.length > 0) yield texts
  }
  splitter.finish()
}
