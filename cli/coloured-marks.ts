import { type Line, line, styled } from './line.ts'

const COLOURS = { '✓': 'green', '!': 'yellow', '✗': 'red' } as const

/** The lines of a report with the marks before its checks in their colours. */
export function colouredMarks(report: readonly string[]): readonly Line[] {
  return report.map((text) => {
    const mark = /^ {2}([✓!✗])/.exec(text)?.[1] as keyof typeof COLOURS | undefined
    return mark === undefined ? text : line`  ${styled(COLOURS[mark], mark)}${text.slice(3)}`
  })
}
