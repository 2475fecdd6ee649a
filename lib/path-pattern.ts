import { DaysealError } from './errors.ts'

/** One step from a value to a value inside it. */
export type PathStep =
  | { readonly kind: 'name'; readonly name: string }
  /** Any one name. The values of a map, whose keys are data, are one step of this kind. */
  | { readonly kind: 'any' }
  /** The elements of a list. */
  | { readonly kind: 'element' }

const ANY: PathStep = { kind: 'any' }
const ELEMENT: PathStep = { kind: 'element' }

/** What a backslash may stand before, and the text that the pair means. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['.', '.'],
  ['\\', '\\'],
  ['*', '*'],
  ['[', '['],
  ['e', ''],
])

/**
 * Reads a dotted path: `meta.spans[].name`. `[]` after a step means the elements of the list there, `*` any one name
 * (so the values of a map too). `\.` `\\` `\*` `\[` are those characters in a name, and `\e` is the empty name.
 * Throws `usage` for anything else, with the place.
 */
export function parsePath(text: string): PathStep[] {
  const steps: PathStep[] = []
  let at = 0
  while (true) {
    if (text[at] !== '[' || at > 0) {
      const segment = readSegment(text, at)
      steps.push(segment.step)
      at = segment.next
    }
    for (; text[at] === '['; at += 2) {
      if (text[at + 1] !== ']')
        throw malformed(text, at, '`[]` for the elements of a list, or `\\[` for a bracket in a name')
      steps.push(ELEMENT)
    }
    if (at === text.length) return steps
    if (text[at] !== '.') throw malformed(text, at, 'a dot, `[]` or the end')
    at++
  }
}

function readSegment(text: string, start: number): { step: PathStep; next: number } {
  let name = ''
  let at = start
  for (; at < text.length && text[at] !== '.' && text[at] !== '['; at++) {
    if (text[at] === '*') {
      const whole = at === start && (at + 1 === text.length || text[at + 1] === '.' || text[at + 1] === '[')
      if (!whole) throw malformed(text, at, '`*` in the place of a whole name, or `\\*` for a star in a name')
      return { step: ANY, next: at + 1 }
    }
    if (text[at] === '\\') {
      const meant = ESCAPES.get(text[at + 1] ?? '')
      if (meant === undefined) throw malformed(text, at, 'one of `\\.` `\\\\` `\\*` `\\[` `\\e`')
      name += meant
      at++
    } else {
      name += text[at]
    }
  }
  if (at === start) throw malformed(text, at, 'a name (`\\e` is the empty one)')
  return { step: { kind: 'name', name }, next: at }
}

function malformed(text: string, at: number, wanted: string): DaysealError {
  return new DaysealError('usage', `the path ${JSON.stringify(text)} cannot be read at character ${at + 1}`, {
    seen: at < text.length ? JSON.stringify(text.slice(at, at + 12)) : 'its end',
    wanted,
  })
}

/** The text that `parsePath` reads back as `steps`. No steps, the root itself, is the empty text. */
export function formatPath(steps: readonly PathStep[]): string {
  let text = ''
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'element') text += '[]'
    else text += (index === 0 ? '' : '.') + (step.kind === 'any' ? '*' : formatName(step.name))
  }
  return text
}

function formatName(name: string): string {
  return name === '' ? '\\e' : name.replace(/[.\\*[]/g, '\\$&')
}

/** Whether `pattern` covers the path `steps`, step by step; `*` covers a name and the values of a map, never elements. */
export function matchPath(pattern: readonly PathStep[], steps: readonly PathStep[]): boolean {
  return pattern.length === steps.length && pattern.every((wanted, index) => matchStep(wanted, steps[index]!))
}

/** Whether `pattern` covers the path `steps`, or some path inside it. */
export function reachesInto(pattern: readonly PathStep[], steps: readonly PathStep[]): boolean {
  return pattern.length >= steps.length && steps.every((step, index) => matchStep(pattern[index]!, step))
}

function matchStep(wanted: PathStep, step: PathStep): boolean {
  if (wanted.kind === 'any') return step.kind !== 'element'
  if (wanted.kind === 'name') return step.kind === 'name' && step.name === wanted.name
  return step.kind === 'element'
}
