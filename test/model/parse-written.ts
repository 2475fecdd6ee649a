import type { StringTree, Written, WrittenObject } from '../generate/json-tree.ts'

/** Reads a text that JSON.parse takes, and keeps what it forgets: the text of each value. */
export function parseWritten(text: string): Written {
  return valueAt({ text, at: 0 })
}

interface Place {
  readonly text: string
  at: number
}

const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\]|\\.)*"/y
const SCALAR = /[^\s,\]}]+/y

function take(place: Place, pattern: RegExp): string {
  pattern.lastIndex = place.at
  const found = pattern.exec(place.text)?.[0]
  if (found === undefined) throw new Error(`no JSON at ${place.at}`)
  place.at += found.length
  return found
}

function valueAt(place: Place): Written {
  take(place, SPACE)
  const start = place.at
  const first = place.text[start]
  if (first === '"') return stringAt(place)
  if (first === '{') return objectAt(place)
  if (first === '[') {
    const items: Written[] = []
    eachUntil(place, ']', () => items.push(valueAt(place)))
    return { kind: 'array', items, text: place.text.slice(start, place.at) }
  }
  const text = take(place, SCALAR)
  if (text === 'null') return { kind: 'null', text }
  return text === 'true' || text === 'false' ? { kind: 'bool', value: text === 'true', text } : { kind: 'number', text }
}

function stringAt(place: Place): StringTree {
  const text = take(place, STRING)
  return { kind: 'string', value: JSON.parse(text) as string, text }
}

function objectAt(place: Place): WrittenObject {
  const start = place.at
  const members = new Map<string, Written>()
  eachUntil(place, '}', () => {
    const key = stringAt(place).value
    take(place, SPACE)
    place.at++
    const value = valueAt(place)
    members.delete(key)
    members.set(key, value)
  })
  return { kind: 'object', members, text: place.text.slice(start, place.at) }
}

/** Passes the opening bracket, what it holds with its commas, and `close`. */
function eachUntil(place: Place, close: string, read: () => void): void {
  place.at++
  take(place, SPACE)
  while (place.text[place.at] !== close) {
    read()
    take(place, SPACE)
    if (place.text[place.at] === ',') {
      place.at++
      take(place, SPACE)
    }
  }
  place.at++
}
