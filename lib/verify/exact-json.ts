import { parseJson } from '../parse-json.ts'

/** A JSON value whose numbers keep their text. */
export type ExactJson = null | boolean | string | ExactNumber | readonly ExactJson[] | ExactObject

export interface ExactObject {
  readonly [key: string]: ExactJson
}

export class ExactNumber {
  /** As it was written: `9007199254740993`, `1.50`. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** `JSON.parse`, with exact numbers. Of equal keys the last one wins; `__proto__` is a key like any other. */
export function parseExact(text: string): ExactJson {
  return parseJson(text, (_, written) => new ExactNumber(written)) as ExactJson
}

export function isObject(json: ExactJson | undefined): json is ExactObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof ExactNumber)
}

/** A member of its own; undefined where there is none. */
export function memberOf(object: ExactObject, key: string): ExactJson | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Equal but for the order of members and for how strings are escaped. Numbers are equal when their texts are. */
export function equalJson(a: ExactJson, b: ExactJson): boolean {
  if (a instanceof ExactNumber || b instanceof ExactNumber) {
    return a instanceof ExactNumber && b instanceof ExactNumber && a.text === b.text
  }
  if (isArray(a) || isArray(b)) {
    return isArray(a) && isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]!))
  }
  if (!isObject(a) || !isObject(b)) return a === b
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key]!, b[key]!))
}

export function isArray(json: ExactJson | undefined): json is readonly ExactJson[] {
  return Array.isArray(json)
}
