const QUOTE = '"'

/** `open`: the row goes on in the next line. `wrong`: after the quotes of a field there is something else than the next one. */
export type Split =
  | { readonly kind: 'row'; readonly fields: readonly string[] }
  | { readonly kind: 'open' }
  | { readonly kind: 'wrong'; readonly seen: string }

const OPEN: Split = { kind: 'open' }
/** In the place of where a field ended. */
const GOES_ON = -1

/**
 * Rows of delimited text, RFC 4180: a field that begins with a quote ends with one, and in between has delimiters and
 * line ends as text, and each quote twice. In a field that does not begin with a quote, a quote is text like any other
 * (which the RFC leaves open).
 */
export class RowSplitter {
  private fields: string[] = []
  /** Of a field in quotes, what was in the lines before. */
  private quoted = ''
  private open = false
  private readonly delimiter: string

  constructor(delimiter: string) {
    this.delimiter = delimiter
  }

  /** Takes the next line, without its line feed. After `wrong` the next line begins a row. */
  line(line: string): Split {
    const returned = line.endsWith('\r')
    const text = returned ? line.slice(0, -1) : line
    if (!this.open && !text.includes(QUOTE)) return { kind: 'row', fields: text.split(this.delimiter) }
    let at = this.open ? this.rest(text, 0) : this.field(text, 0)
    while (at !== GOES_ON && at < text.length) {
      if (!text.startsWith(this.delimiter, at)) {
        this.fields = []
        return { kind: 'wrong', seen: text.slice(at, at + 20) }
      }
      at = this.field(text, at + this.delimiter.length)
    }
    if (at === GOES_ON) {
      this.quoted += returned ? '\r\n' : '\n'
      return OPEN
    }
    const { fields } = this
    this.fields = []
    return { kind: 'row', fields }
  }

  /** Takes the field that begins at `start`. */
  private field(text: string, start: number): number {
    if (text[start] === QUOTE) {
      this.open = true
      this.quoted = ''
      return this.rest(text, start + 1)
    }
    const end = text.indexOf(this.delimiter, start)
    this.fields.push(end < 0 ? text.slice(start) : text.slice(start, end))
    return end < 0 ? text.length : end
  }

  /** Takes the rest of a field in quotes. */
  private rest(text: string, start: number): number {
    let from = start
    for (;;) {
      const quote = text.indexOf(QUOTE, from)
      this.quoted += quote < 0 ? text.slice(from) : text.slice(from, quote)
      if (quote < 0) return GOES_ON
      if (text[quote + 1] !== QUOTE) {
        this.open = false
        this.fields.push(this.quoted)
        return quote + 1
      }
      this.quoted += QUOTE
      from = quote + 2
    }
  }
}
