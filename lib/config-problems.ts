import { inspect } from 'node:util'
import type * as z from 'zod'
import { withoutSecrets } from './secrets.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** Every problem that zod found in `value`, each as one line: where, what was seen, what was wanted. */
export function describeProblems(issues: readonly Issue[], value: unknown): string[] {
  return issues.flatMap((issue) => describe(issue, [], value))
}

/** `above` is the path of the value that the issue's own path starts from. */
function describe(issue: Issue, above: Path, value: unknown): string[] {
  const path = [...above, ...issue.path]
  const where = path.length === 0 ? 'all of it' : formatKeys(path)
  if (issue.code === 'invalid_union') {
    const branch = nearestBranch(issue)
    if (branch !== undefined) return branch.flatMap((inner) => describe(inner, path, value))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(
      (inner) => `${where}: the name: ${inner.code === 'custom' ? '' : 'wanted '}${wantedBy(inner)}`,
    )
  }
  if (issue.code === 'custom' || issue.code === 'unrecognized_keys') return [`${where}: ${issue.message}`]
  return [`${where}: seen ${preview(valueAt(value, path))}, wanted ${wantedBy(issue)}`]
}

/** The only alternative that the value was an attempt at: it fits as a whole, and something inside does not. */
function nearestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const inside = issue.errors.filter((branch) => branch.every((inner) => inner.path.length > 0))
  if (inside.length === 1) return inside[0]
  const asObject = issue.errors.filter((branch) => branch.every((inner) => !refusesKind(inner)))
  return asObject.length === 1 ? asObject[0] : undefined
}

/** Whether the value as a whole is not of the kind that was wanted. */
function refusesKind(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code !== 'unrecognized_keys' && issue.code !== 'custom'
}

function wantedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected
    case 'invalid_value':
      return oneOf(issue.values)
    case 'too_small':
      return limit(issue.origin, issue.inclusive === false ? 'more than' : 'at least', Number(issue.minimum))
    case 'too_big':
      return limit(issue.origin, issue.inclusive === false ? 'less than' : 'at most', Number(issue.maximum))
    case 'invalid_union':
      return wantedOfUnion(issue)
    default:
      return issue.message
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

function limit(origin: string, comparison: string, bound: number): string {
  if (origin === 'string') return bound === 1 ? 'something' : `${comparison} ${bound} characters`
  return origin === 'array' ? `${comparison} ${bound} in the list` : `${comparison} ${bound}`
}

function wantedOfUnion(issue: z.core.$ZodIssueInvalidUnion): string {
  if ('options' in issue && issue.options !== undefined)
    return oneOf(issue.options.filter((option) => typeof option === 'string'))
  const wanted = issue.errors.flatMap((branch) => branch.filter(refusesKind).map(wantedBy))
  return [...new Set(wanted)].join(', or ')
}

function oneOf(values: readonly unknown[]): string {
  return `${values.length > 1 ? 'one of ' : ''}${values.map((value) => JSON.stringify(value)).join(', ')}`
}

function formatKeys(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      const name = String(key)
      if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `[${JSON.stringify(name)}]`
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, key) => {
    const here = typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
    return here ? Reflect.get(inside, key) : undefined
  }, value)
}

function preview(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY })
  const bare = withoutSecrets(text)
  return bare.length > 60 ? `${bare.slice(0, 57)}…` : bare
}
