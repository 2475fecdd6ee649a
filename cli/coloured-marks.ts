import { styleText } from 'node:util'
import type { Output } from './context.ts'

const COLOURS = { '✓': 'green', '!': 'yellow', '✗': 'red' } as const

/** A report with the marks before its checks in their colours. */
export function colouredMarks(report: string, stdout: Output): string {
  return report.replace(/^ {2}([✓!✗])/gm, (_, mark: keyof typeof COLOURS) => {
    return `  ${styleText(COLOURS[mark], mark, { stream: stdout })}`
  })
}
