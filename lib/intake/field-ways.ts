import { type Field, type FieldForm, fits } from './field-form.ts'
import { isBehind, isEnclosed, nextAfter, plainEnd, textAt } from './field-place.ts'

/** The texts of the fields that a line has, and what is behind them all. */
export interface FieldTexts {
  readonly texts: readonly string[]
  readonly more: string | undefined
}

/** A field with two texts, after each of which the rest of the line fits. */
export interface Fork {
  /** The field's number, from 0. */
  readonly index: number
  readonly texts: readonly [string, string]
}

/**
 * All the ways in which a line can be the fields of a form when quotes and spaces may be text: a field in quotes can end at
 * every quote with a space or the line's end behind it, a `text` at every space. What was written is one of the ways, if each
 * field's text is one that the form allows: when there is one way, it is what was written.
 *
 * A bare `-` in the place of a field in quotes counts before the first quote of the line alone.
 *
 * Time: in proportion to the line. In how many ways a line goes on behind an end is counted once, whatever is before it.
 */
export class FieldWays {
  private readonly line: string
  private readonly form: FieldForm
  private readonly firstQuote: number
  private readonly quotes: readonly number[]
  private readonly spaces: readonly number[]
  /** By the number of a field that may end in several places. */
  private readonly tails: (Tails | undefined)[] = []

  constructor(line: string, form: FieldForm) {
    this.line = line
    this.form = form
    this.firstQuote = line.indexOf('"')
    this.quotes = closingQuotes(line)
    this.spaces = form.fields.some(({ written }) => written === 'text') ? spacesOf(line) : []
  }

  /** Where fields could end that may end in several places. */
  get places(): number {
    return this.quotes.length + this.spaces.length
  }

  /** 0, 1, or 2 for several. */
  get count(): number {
    return this.waysFrom(0, 0)
  }

  /** The one way that there is. */
  only(): FieldTexts {
    const { line, form } = this
    const texts: string[] = []
    let at = 0
    while (texts.length < form.fields.length && at <= line.length) {
      const index = texts.length
      const [end = -1] = this.endsOf(index, at)
      texts.push(textAt(line, form.fields[index]!, at, end))
      at = nextAfter(line, form.fields[index]!, at, end)
    }
    return { texts, more: at <= line.length ? line.slice(at) : undefined }
  }

  /** Where the first of several ways part. */
  fork(): Fork {
    const { line, form } = this
    let at = 0
    for (let index = 0; ; index++) {
      const field = form.fields[index]!
      const [first = -1, second] = this.endsOf(index, at)
      if (second !== undefined)
        return { index, texts: [textAt(line, field, at, first), textAt(line, field, at, second)] }
      at = nextAfter(line, field, at, first)
    }
  }

  /** Another way beside the one in which the fields end at the first places that they could, as `ends` says. */
  forkFrom(ends: readonly number[]): Fork | undefined {
    const { line, form } = this
    let at = 0
    for (const [index, end] of ends.entries()) {
      const field = form.fields[index]!
      const places = this.placesOf(field, at)
      const other = places === undefined ? undefined : this.firstFitting(index, places, end + 1)
      if (other !== undefined) return { index, texts: [textAt(line, field, at, end), textAt(line, field, at, other)] }
      at = nextAfter(line, field, at, end)
    }
    return undefined
  }

  /** In how many ways the fields from number `index` on can begin at `at`. */
  private waysFrom(index: number, at: number): number {
    const { line, form } = this
    if (at > line.length) return form.fields[index - 1]!.mayEnd ? 1 : 0
    const field = form.fields[index]
    if (field === undefined) return form.more?.test(line.slice(at)) ? 1 : 0
    const places = this.placesOf(field, at)
    if (places !== undefined) return this.tailsOf(index, places).from(firstFrom(places, this.firstEnd(places, at)))
    const end = this.plainEnd(field, at)
    return end < 0 ? 0 : this.waysFrom(index + 1, nextAfter(line, field, at, end))
  }

  /** Where a field may end that begins at `at` or before; undefined for one that ends in one place at most. */
  private placesOf(field: Field, at: number): readonly number[] | undefined {
    if (field.written === 'text') return this.spaces
    return field.written === 'quoted' && isEnclosed(this.line, field, at) ? this.quotes : undefined
  }

  /** Where a field that begins at `at` can end at the earliest: one in quotes not at the first one. */
  private firstEnd(places: readonly number[], at: number): number {
    return places === this.quotes ? at + 1 : at
  }

  private plainEnd(field: Field, at: number): number {
    const { line, firstQuote } = this
    if (field.written === 'quoted' && firstQuote >= 0 && firstQuote < at) return -1
    const end = plainEnd(line, field, at)
    return end >= 0 && fits(field, textAt(line, field, at, end)) ? end : -1
  }

  private tailsOf(index: number, places: readonly number[]): Tails {
    const behind = places === this.quotes ? 2 : 1
    this.tails[index] ??= new Tails(places.length, (i) => this.waysFrom(index + 1, places[i]! + behind))
    return this.tails[index]
  }

  /** One or two ends of a field of which there are ways. */
  private endsOf(index: number, at: number): readonly number[] {
    const field = this.form.fields[index]!
    const places = this.placesOf(field, at)
    if (places === undefined) return [this.plainEnd(field, at)]
    const first = this.firstFitting(index, places, this.firstEnd(places, at))
    const second = first === undefined ? undefined : this.firstFitting(index, places, first + 1)
    return [first, second].filter((end) => end !== undefined)
  }

  /** The first of these places from `from` on behind which there is a way. */
  private firstFitting(index: number, places: readonly number[], from: number): number | undefined {
    const tails = this.tailsOf(index, places)
    let i = firstFrom(places, from)
    if (tails.from(i) === 0) return undefined
    while (tails.ways(i) === 0) i++
    return places[i]
  }
}

/** In how many ways a line goes on behind the places where a field may end; known from the last on, as far as is asked. */
class Tails {
  /** Behind each place, and behind it and all after it. */
  private readonly each: Uint8Array
  private readonly sums: Uint8Array
  private known: number
  private readonly count: (place: number) => number

  constructor(places: number, count: (place: number) => number) {
    this.each = new Uint8Array(places)
    this.sums = new Uint8Array(places + 1)
    this.known = places
    this.count = count
  }

  /** Behind the places from number `place` on. */
  from(place: number): number {
    while (this.known > place) {
      const i = this.known - 1
      this.each[i] = this.count(i)
      this.sums[i] = Math.min(2, this.sums[i + 1]! + this.each[i]!)
      this.known = i
    }
    return this.sums[place]!
  }

  /** Behind one of those. */
  ways(place: number): number {
    return this.each[place]!
  }
}

function closingQuotes(line: string): readonly number[] {
  const places: number[] = []
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) if (isBehind(line, at + 1)) places.push(at)
  return places
}

function spacesOf(line: string): readonly number[] {
  const places: number[] = []
  for (let at = line.indexOf(' '); at >= 0; at = line.indexOf(' ', at + 1)) places.push(at)
  return places
}

/** The number of the first place that is at least `at`; how many there are when there is none. */
function firstFrom(places: readonly number[], at: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (places[middle]! >= at) high = middle
    else low = middle + 1
  }
  return low
}
