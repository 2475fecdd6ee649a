import * as z from 'zod'
import { nearestName } from './nearest-name.ts'

/** An object that takes these keys alone, and says which one was probably meant. */
export function closed<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(key, known)).join('; ') : undefined,
  })
}

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known)
  return `unknown key ${JSON.stringify(key)}, ${nearest === undefined ? `wanted ${known.join(', ')}` : `did you mean ${nearest}?`}`
}
