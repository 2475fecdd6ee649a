import type { WrittenObject } from '../generate/json-tree.ts'
import { means, parseExact } from './parse-exact.ts'
import { parseWritten } from './parse-written.ts'

/** A line of an object, and what must become of it. */
export interface ModelLine {
  readonly bytes: Buffer
  /** From 1. */
  readonly number: number
  /** Bytes before it in the object. */
  readonly offset: number
  readonly fate:
    | { readonly kind: 'blank' }
    | { readonly kind: 'row'; readonly row: WrittenObject }
    /** Quarantined, for one of these reasons: a line may be wrong in several ways. */
    | { readonly kind: 'reject'; readonly reasons: readonly string[] }
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Cuts an object into lines, all at once. */
export function modelLines(
  object: Uint8Array,
  limits: { readonly maxLineBytes: number; readonly maxDepth: number },
): ModelLine[] {
  const bytes = Buffer.from(object)
  const starts = [0]
  for (const [i, byte] of bytes.entries()) if (byte === 0x0a) starts.push(i + 1)
  if (starts.at(-1) === bytes.length) starts.pop()
  return starts.map((start, i) => {
    const end = i + 1 < starts.length || bytes.at(-1) === 0x0a ? bytes.indexOf(0x0a, start) : bytes.length
    const offset = start === 0 && bytes.subarray(0, Math.min(3, end)).equals(MARK) ? 3 : start
    const line = bytes.subarray(offset, end)
    const fate = end - start > limits.maxLineBytes ? tooLong : fateOf(line, limits.maxDepth)
    return { bytes: line, number: i + 1, offset, fate }
  })
}

const tooLong = { kind: 'reject', reasons: ['too_long'] } as const

function fateOf(line: Buffer, maxDepth: number): ModelLine['fate'] {
  if (line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)) return { kind: 'blank' }
  const text = decode(line)
  if (text === undefined) return { kind: 'reject', reasons: ['not_utf8'] }
  const tooDeep = depthOf(text) > maxDepth ? ['too_deep'] : []
  const loneSurrogate = /\\u[dD][89a-fA-F]/.test(text) ? ['not_utf8'] : []
  const parsed = parse(text)
  if (parsed === undefined) return { kind: 'reject', reasons: ['not_json', ...tooDeep, ...loneSurrogate] }
  const reasons = [...tooDeep, ...(hasLoneSurrogate(text) ? ['not_utf8'] : [])]
  if (!/^[ \t\r]*\{/.test(text)) return { kind: 'reject', reasons: ['not_object', ...reasons] }
  if (reasons.length > 0) return { kind: 'reject', reasons }
  const row = parseWritten(text)
  if (row.kind !== 'object' || !means(row, parsed.value))
    throw new Error(`the model disagrees with JSON.parse: ${text}`)
  return { kind: 'row', row }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseExact(text) }
  } catch {
    return undefined
  }
}

const STRINGS = /"(?:[^"\\]|\\.)*"/g

/** In any string of a text that is JSON, lost duplicates too. */
function hasLoneSurrogate(text: string): boolean {
  return [...text.matchAll(STRINGS)].some(([string]) => !(JSON.parse(string) as string).isWellFormed())
}

/** The deepest nesting of brackets outside strings; an open string takes the rest. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (const bracket of text.replace(/"(?:[^"\\]|\\.)*("|$)/g, '')) {
    if (bracket === '{' || bracket === '[') deepest = Math.max(deepest, ++depth)
    else if (bracket === '}' || bracket === ']') depth--
  }
  return deepest
}
