import { readObject } from '../json-object.ts'
import type { EventReader } from '../reading.ts'
import { isBlank, readLines, unreadable, withoutReturn } from '../text-lines.ts'

/**
 * JSON objects, one a line. An event's bytes are the line's own: no number loses a digit. Of two equal keys the last one
 * counts, as in `JSON.parse`.
 */
export const jsonl: EventReader = {
  async *read(content, entry, { maxLineBytes, maxDepth }) {
    let blank = 0
    yield* readLines(content, entry, maxLineBytes, {
      take(line, out) {
        const wrong = unreadable(line, maxLineBytes)
        if (wrong !== undefined) out.push(wrong)
        else if (isBlank(line.bytes)) blank++
        else out.push(readObject(withoutReturn(line.bytes), line.position, maxDepth))
      },
      end: () => undefined,
    })
    return { blank }
  },
}
