import type { styleText } from 'node:util'
import { printable } from '../lib/printable.ts'

export type Style = Parameters<typeof styleText>[0]

/** Text in a colour or the like, where the output shows it. */
export interface Styled {
  readonly style: Style
  readonly text: string
}

/** One line of output. Whoever makes it escapes nothing: the output does. */
export type Line = string | readonly (string | Styled)[]

export function styled(style: Style, text: string): Styled {
  return { style, text }
}

/** A line of text with styled places: line`${styled('bold', name)}: done`. */
export function line(texts: TemplateStringsArray, ...values: readonly (string | number | Styled)[]): Line {
  return texts.flatMap((text, i) => {
    const value = values[i]
    return value === undefined ? [text] : [text, typeof value === 'number' ? String(value) : value]
  })
}

/** The pieces of a line, or of what is to be in one. */
export function piecesOf(text: Line | Styled): readonly (string | Styled)[] {
  return typeof text === 'string' || 'style' in text ? [text] : text
}

/** How many characters wide it is shown. */
export function widthOf(text: Line | Styled): number {
  return piecesOf(text).reduce(
    (sum, piece) => sum + printable(typeof piece === 'string' ? piece : piece.text).length,
    0,
  )
}
