import { messageOf } from '../errors.ts'
import { parseJson } from '../parse-json.ts'
import { isDeeper } from './depth.ts'
import type { Position, Reading } from './reading.ts'
import { rejected } from './rejected.ts'

/** What a JSON text is as an event: UTF-8, with no line end in it. */
export function readObject(json: Buffer, position: Position, maxDepth: number): Reading {
  // Before it is parsed: nesting must cost nothing.
  if (isDeeper(json, maxDepth)) return rejected('too_deep', `nested deeper than ${maxDepth} levels`, json, position)
  let value: unknown
  try {
    value = parseJson(json.toString('utf8'))
  } catch (error) {
    return rejected('not_json', messageOf(error), json, position)
  }
  if (isObject(value)) return { kind: 'event', json, value, position }
  const seen = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
  return rejected('not_object', `${seen}, not an object`, json, position)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
