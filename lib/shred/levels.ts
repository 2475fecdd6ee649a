import type { PathStep } from '../path-pattern.ts'
import type { Field, Type } from './type.ts'

/** Most levels of a column in a file's schema: Arrow's readers, pyarrow among them, refuse files with more than 100. */
export const MAX_LEVELS = 96

/** What a list or a map puts between itself and a column inside it (`list.element`, `key_value.value`) counts too. */
const STEP_LEVELS = { name: 1, element: 2, any: 2 } as const

/** On what level of a file's schema a column at `path` is; those at the top are on the first. */
export function levelsAt(path: readonly PathStep[]): number {
  return path.reduce((levels, step) => levels + STEP_LEVELS[step.kind], 0)
}

/**
 * Whether an object or a list at `path` has to be JSON text, because what is inside would be too deep. Objects have the
 * room of maps in any case: it makes no difference to the columns inside whether one becomes a map.
 */
export function isTooDeep(path: readonly PathStep[]): boolean {
  return levelsAt(path) + STEP_LEVELS.any > MAX_LEVELS
}

/** The level of the deepest column of `schema`. */
export function deepestLevel(schema: readonly Field[]): number {
  return schema.reduce((deepest, { type }) => Math.max(deepest, STEP_LEVELS.name + levelsBelow(type)), 0)
}

function levelsBelow(type: Type): number {
  switch (type.kind) {
    case 'struct':
      return deepestLevel(type.fields)
    case 'list':
      return STEP_LEVELS.element + levelsBelow(type.element)
    case 'map':
      return STEP_LEVELS.any + levelsBelow(type.value)
    default:
      return 0
  }
}

/** How many columns, structs, lists and maps `schema` has; a map's keys are a column. */
export function countPaths(schema: readonly Field[]): number {
  return schema.reduce((paths, { type }) => paths + pathsOf(type), 0)
}

/** Those of a value of that type, itself among them. */
export function pathsOf(type: Type): number {
  switch (type.kind) {
    case 'struct':
      return 1 + countPaths(type.fields)
    case 'list':
      return 1 + pathsOf(type.element)
    case 'map':
      return 2 + pathsOf(type.value)
    default:
      return 1
  }
}
