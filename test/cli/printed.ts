import { PassThrough } from 'node:stream'
import type { Line } from '../../cli/line.ts'
import { outputTo } from '../../cli/output.ts'

/** What an output writes of lines: to a terminal with colours, or to a file. */
export function printed(lines: readonly Line[], isTerminal: boolean): string {
  const stream = Object.assign(new PassThrough(), { isTTY: isTerminal, getColorDepth: () => (isTerminal ? 8 : 1) })
  outputTo(stream as unknown as NodeJS.WriteStream).print(lines)
  return String(stream.read() ?? '')
}
