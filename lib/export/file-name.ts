import { DaysealError } from '../errors.ts'
import { nearestName } from '../nearest-name.ts'

export interface NameParts {
  readonly name: string
  readonly dataset: string
  /** When the run began. */
  readonly now: Date
  /** The first and the last sealed day, YYYY-MM-DD. */
  readonly first: string
  readonly last: string
}

type Token = (parts: NameParts) => string

const TOKENS: Readonly<Record<string, Token>> = {
  name: ({ name }) => name,
  dataset: ({ dataset }) => dataset,
  yyyy: ({ now }) => now.toISOString().slice(0, 4),
  MM: ({ now }) => now.toISOString().slice(5, 7),
  dd: ({ now }) => now.toISOString().slice(8, 10),
  HH: ({ now }) => now.toISOString().slice(11, 13),
  mm: ({ now }) => now.toISOString().slice(14, 16),
  ss: ({ now }) => now.toISOString().slice(17, 19),
  first: ({ first }) => first,
  last: ({ last }) => last,
}

/** Leaves room for extensions in the 255 bytes that file systems give a name. */
const MAX_LENGTH = 180

/**
 * A file's name without its extension, from a template such as `{name}_{yyyy}{MM}{dd}`: the time is the run's start in
 * UTC, `{first}` and `{last}` are the sealed days.
 * @throws DaysealError `usage` for a token that is none, and a name that no file can have everywhere
 */
export function fileName(template: string, parts: NameParts): string {
  const name = template.replace(/\{([^{}]*)\}/g, (_, token: string) => tokenValue(template, token, parts))
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.=+-]*$/.test(name) || name.length > MAX_LENGTH) {
    throw new DaysealError('usage', `the file name ${JSON.stringify(template)} cannot be used`, {
      seen: JSON.stringify(name),
      wanted: `at most ${MAX_LENGTH} letters, digits and _ . = + -, the first of them a letter, a digit or _`,
    })
  }
  return name
}

function tokenValue(template: string, token: string, parts: NameParts): string {
  if (Object.hasOwn(TOKENS, token)) return TOKENS[token]!(parts)
  const known = Object.keys(TOKENS)
  const nearest = nearestName(token, known)
  throw new DaysealError('usage', `the file name ${JSON.stringify(template)} cannot be used`, {
    seen: `{${token}}`,
    wanted: known.map((name) => `{${name}}`).join(' '),
    ...(nearest === undefined ? {} : { hint: `did you mean {${nearest}}?` }),
  })
}
