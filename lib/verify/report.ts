import { printable } from '../printable.ts'
import { type Check, many, type Result, type Verdict } from './verdict.ts'

const MARKS: Readonly<Record<Result, string>> = { passed: '✓', warned: '!', failed: '✗' }

/** A verdict as aligned plain text: a line for each check, with seen and wanted where it did not pass (`verbose`: for all). */
export function textReport(verdict: Verdict, options: { readonly verbose?: boolean } = {}): string {
  const lines = checkLines(verdict.checks, options.verbose === true)
  return [headline(verdict), '', ...lines, '', summary(verdict), ''].join('\n')
}

/** A line for each check, with seen and wanted where it did not pass (`verbose`: for all). */
export function checkLines(checks: readonly Check[], verbose: boolean): readonly string[] {
  const width = Math.max(...checks.map(({ title }) => shown(title).length))
  return checks.flatMap((check) => {
    const line = `  ${MARKS[check.result]} ${shown(check.title).padEnd(width)}  ${check.result}  ${shown(check.id)}`
    if (check.result === 'passed' && !verbose) return [line]
    return [line, `      seen    ${shown(check.seen)}`, `      wanted  ${shown(check.wanted)}`]
  })
}

/** A verdict as a Markdown page. */
export function markdownReport(verdict: Verdict): string {
  const facts = Object.entries({ generation: verdict.generation, ...verdict.facts })
  const groups = Map.groupBy(verdict.checks, ({ group }) => group)
  const sections = [...groups].flatMap(([group, checks]) => ['', `## ${group}`, '', ...table(checks)])
  return [
    `# ${cell(`${verdict.dataset} ${verdict.date_utc}: ${verdict.result}`)}`,
    '',
    cell(summary(verdict)),
    '',
    row(['fact', 'value']),
    row(['---', '---']),
    ...facts.map(([name, value]) => row([name, String(value ?? 'unknown')].map(cell))),
    ...sections,
    '',
  ].join('\n')
}

function table(checks: readonly Check[]): string[] {
  const rows = checks.map(({ id, title, result, seen, wanted }) => row([result, title, seen, wanted, id].map(cell)))
  return [row(['result', 'check', 'seen', 'wanted', 'id']), row(['---', '---', '---', '---', '---']), ...rows]
}

function headline({ dataset, date_utc, generation, result, facts }: Verdict): string {
  const rows = facts.row_count === null ? [] : [many(facts.row_count, 'row')]
  const what = generation === null ? ['never sealed'] : [`generation ${generation}`, ...rows]
  return `${shown(dataset)} ${date_utc}: ${result} (${what.join(', ')})`
}

function summary({ checks, facts }: Verdict): string {
  const count = (result: Result) => checks.filter((check) => check.result === result).length
  const counts = `${count('passed')} passed, ${count('warned')} warned, ${count('failed')} failed`
  return `${many(checks.length, 'check')}: ${counts}; ${many(facts.rows_sampled, 'row')} sampled`
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Text in a table: nothing of it is Markdown or HTML. */
function cell(text: string): string {
  return shown(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
}

/** What was seen and wanted may take several lines: here it takes one. */
function shown(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, '; '))
}
