import { styleText } from 'node:util'
import { printable, printableJson } from '../lib/printable.ts'
import { type Line, piecesOf } from './line.ts'

/** Where a command writes. It escapes everything it is given, so callers need not. */
export interface Output {
  print(lines: readonly Line[]): void
  /** Takes JSON text, of one line or several. */
  printJson(json: string): void
  /** For what draws on the screen, and escapes what it draws; undefined where there is none. */
  readonly screen: NodeJS.WriteStream | undefined
}

export function outputTo(stream: NodeJS.WriteStream): Output {
  const shown = (line: Line) =>
    piecesOf(line)
      .map((piece) =>
        typeof piece === 'string' ? printable(piece) : styleText(piece.style, printable(piece.text), { stream }),
      )
      .join('')
  return {
    print: (lines) => {
      stream.write(lines.map((line) => `${shown(line)}\n`).join(''))
    },
    printJson: (json) => {
      stream.write(`${printableJson(json).replace(/\n$/, '')}\n`)
    },
    screen: stream.isTTY ? stream : undefined,
  }
}
