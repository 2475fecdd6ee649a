import type { LineMatcher } from './line-matcher.ts'

type Written = 'quoted' | 'bracketed' | 'bare'

interface Field {
  readonly name: string
  readonly written: Written
}

/** Where vendors add fields that are not known yet. */
const MORE = 'more'

/**
 * Lines of fields with a space between them, as access logs have them, told by a form such as `host [time] "request" status
 * | "later"`. Quotes hold a field up to the next quote without a backslash before it; a bare field may come in quotes too. Fields
 * after the bar may be missing, and what comes after them all is in the column `more`. The name `_` is of a field that is no
 * column. `-` is null, in quotes or not; escapes stay as they are.
 */
export function fieldMatcher(form: string): LineMatcher {
  const [first = '', later = ''] = form.split(' | ')
  const required = fieldsOf(first)
  const fields = [...required, ...fieldsOf(later)]
  const kept = fields.flatMap(({ name }, i) => (name === '_' ? [] : [i]))
  const names = kept.map((i) => fields[i]!.name)
  const mayHaveMore = later !== ''
  return {
    columns: mayHaveMore ? [...names, MORE] : names,
    match(line) {
      const cells: (string | null)[] = []
      let at = 0
      while (cells.length < fields.length && at < line.length) {
        const field = fieldAt(line, at)
        if (field === undefined || !canBe(field, fields[cells.length]!.written)) break
        cells.push(field.text === '-' ? null : field.text)
        at = field.next
      }
      if (cells.length < required.length || (at < line.length && !mayHaveMore)) return undefined
      const columns = kept.map((i) => cells[i] ?? null)
      return mayHaveMore ? [...columns, at < line.length ? line.slice(at) : null] : columns
    },
  }
}

function fieldsOf(form: string): readonly Field[] {
  return form
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      if (word.startsWith('"')) return { name: word.slice(1, -1), written: 'quoted' }
      return word.startsWith('[') ? { name: word.slice(1, -1), written: 'bracketed' } : { name: word, written: 'bare' }
    })
}

interface Found {
  readonly text: string
  readonly written: Written
  /** After the space behind it. */
  readonly next: number
}

/** The field that begins here; undefined where there is none. */
function fieldAt(line: string, start: number): Found | undefined {
  const written: Written = line[start] === '"' ? 'quoted' : line[start] === '[' ? 'bracketed' : 'bare'
  const from = written === 'bare' ? start : start + 1
  const end = written === 'quoted' ? closingQuote(line, from) : line.indexOf(written === 'bare' ? ' ' : ']', from)
  if (written === 'bare') {
    const to = end < 0 ? line.length : end
    return to === start ? undefined : { text: line.slice(start, to), written, next: to + 1 }
  }
  const isEnd = end >= 0 && (end + 1 === line.length || line[end + 1] === ' ')
  return isEnd ? { text: line.slice(from, end), written, next: end + 2 } : undefined
}

function closingQuote(line: string, start: number): number {
  let at = start
  while (at < line.length && line[at] !== '"') at += line[at] === '\\' ? 2 : 1
  return at < line.length ? at : -1
}

function canBe({ text, written }: Found, wanted: Written): boolean {
  return written === wanted || (wanted === 'bare' && written === 'quoted') || (written === 'bare' && text === '-')
}
