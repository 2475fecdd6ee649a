import { type FieldForm, fits, isOfType } from './field-form.ts'
import { nextAfter, plainEnd, textAt } from './field-place.ts'
import { type FieldTexts, FieldWays, type Fork } from './field-ways.ts'
import type { LineMatcher, Match } from './line-matcher.ts'
import type { Cells } from './row-event.ts'
import { shown } from './shown.ts'

/** Where vendors add fields that are not known yet. */
const MORE = 'more'

/** A line that was made to be hard costs no more than this. */
const MOST_PLACES = 20_000
const TOO_MANY_PLACES: Match = {
  kind: 'ambiguous',
  detail: `quotes and spaces at more than ${MOST_PLACES} places where a field could end`,
}

/**
 * Lines of fields with a space between them, as access logs have them. `-` is null, in quotes or not; escapes stay as they
 * are. What comes after all known fields is in the column `more`.
 *
 * Not all servers escape quotes, and a client may write some. So a field in quotes ends where what follows fits. A line that fits in
 * more than one way is ambiguous, and so is one with a text that is none of its field's; where the server escapes quotes,
 * also one with quotes that it would have escaped.
 */
export function fieldMatcher(form: FieldForm): LineMatcher {
  const { fields } = form
  const mayHaveMore = form.more !== undefined
  const kept = fields.flatMap(({ name }, i) => (name === '_' ? [] : [i]))
  const names = kept.map((i) => fields[i]!.name)
  const cellsOf = ({ texts, more }: FieldTexts): Cells => {
    const cells = kept.map((i) => cellOf(texts[i]))
    return mayHaveMore ? [...cells, more ?? null] : cells
  }
  const isEscaped = fields.some(({ written }) => written === 'plain')
  return {
    columns: mayHaveMore ? [...names, MORE] : names,
    match(line) {
      const plain = plainReading(line, form)
      if (plain.kind === 'whole' && plain.fits) {
        const other = plain.isSure ? undefined : otherWay(plain, line, form)
        return other ?? { kind: 'row', cells: cellsOf(plain) }
      }
      const ways = new FieldWays(line, form)
      if (ways.places > MOST_PLACES) return TOO_MANY_PLACES
      const { count } = ways
      if (count === 1 && !isEscaped) return { kind: 'row', cells: cellsOf(ways.only()) }
      if (count > 0) return ambiguous(form, ways)
      return whatIsWrong(line, form, plain)
    },
  }
}

function cellOf(text: string | undefined): string | null {
  return text === undefined || text === '-' ? null : text
}

/** A line in which no quote and no space is text. */
type PlainReading =
  | WholeReading
  /** The field of this number does not begin at `at`. */
  | { readonly kind: 'stopped'; readonly index: number; readonly at: number }

interface WholeReading extends FieldTexts {
  readonly kind: 'whole'
  /** Where the fields end. */
  readonly ends: readonly number[]
  /** Whether every text is one of its field's. */
  readonly fits: boolean
  /** All quotes that a line of the form can have around fields are there, and nothing more: there is no other way. */
  readonly isSure: boolean
}

function plainReading(line: string, form: FieldForm): PlainReading {
  const { fields } = form
  const texts: string[] = []
  const ends: number[] = []
  let at = 0
  let allFit = true
  let isSure = true
  while (texts.length < fields.length && at <= line.length) {
    const field = fields[texts.length]!
    const end = plainEnd(line, field, at)
    if (end < 0) return { kind: 'stopped', index: texts.length, at }
    const text = textAt(line, field, at, end)
    allFit &&= fits(field, text)
    // As long as all that may be in quotes is.
    isSure &&= field.written !== 'plain' && (field.written !== 'quoted' || line[at] === '"')
    texts.push(text)
    ends.push(end)
    at = nextAfter(line, field, at, end)
  }
  const more = at <= line.length ? line.slice(at) : undefined
  const hasEnded = more === undefined ? fields[texts.length - 1]!.mayEnd : form.more?.test(more)
  if (!hasEnded) return { kind: 'stopped', index: texts.length, at }
  return { kind: 'whole', texts, ends, more, fits: allFit, isSure: isSure && more === undefined }
}

/** What a line is with another way beside the plain one. */
function otherWay({ ends }: WholeReading, line: string, form: FieldForm): Match | undefined {
  const ways = new FieldWays(line, form)
  if (ways.places > MOST_PLACES) return TOO_MANY_PLACES
  const other = ways.forkFrom(ends)
  return other === undefined ? undefined : fork(form, other)
}

function ambiguous(form: FieldForm, ways: FieldWays): Match {
  if (ways.count > 1) return fork(form, ways.fork())
  const { texts } = ways.only()
  const index = texts.findIndex((text) => text.includes('"'))
  const detail = `${placeOf(form, index)}: ${shown(texts[index] ?? '')} has a quote, which this server writes otherwise`
  return { kind: 'ambiguous', detail }
}

function fork(form: FieldForm, { index, texts: [one, other] }: Fork): Match {
  return { kind: 'ambiguous', detail: `${placeOf(form, index)}: may be ${shown(one)} or ${shown(other)}` }
}

/** A line that fits in no way may do so with texts that are none of their fields'. */
function whatIsWrong(line: string, form: FieldForm, plain: PlainReading): Match {
  if (plain.kind === 'whole') return misfit(form, plain)
  const fields = form.fields.map((field) => ({ ...field, type: 'string', shape: undefined }) as const)
  const ways = new FieldWays(line, { ...form, fields })
  if (ways.count === 0) return noMatch(line, form, plain)
  return ways.count > 1 ? ambiguous(form, ways) : misfit(form, ways.only())
}

function misfit(form: FieldForm, { texts }: FieldTexts): Match {
  const index = texts.findIndex((text, i) => !fits(form.fields[i]!, text))
  const { type } = form.fields[index]!
  const text = texts[index]!
  const wrong = isOfType(text, type) ? 'nothing that it can be' : `no ${type}`
  return { kind: 'ambiguous', detail: `${placeOf(form, index)}: ${shown(text)} is ${wrong}` }
}

const WANTED = {
  word: 'a text without spaces and quotes',
  text: 'a text',
  bracketed: 'a text in brackets',
  quoted: 'a text in quotes',
  plain: 'a text in quotes',
} as const

function noMatch(
  line: string,
  { fields }: FieldForm,
  { index, at }: Extract<PlainReading, { kind: 'stopped' }>,
): Match {
  const field = fields[index]
  const seen = at > line.length ? 'the end of the line' : shown(line.slice(at))
  const wanted = field === undefined ? 'the end of the line' : `${placeOf({ fields }, index)}, ${WANTED[field.written]}`
  return { kind: 'no_match', detail: `a line of another form: seen ${seen} at character ${at + 1}, wanted ${wanted}` }
}

function placeOf({ fields }: Pick<FieldForm, 'fields'>, index: number): string {
  const { name } = fields[index]!
  return name === '_' ? `field ${index + 1}` : `the column ${JSON.stringify(name)}, field ${index + 1}`
}
