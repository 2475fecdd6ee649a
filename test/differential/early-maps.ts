import { droppedModel } from '../model/dropped-model.ts'
import { pathText, type RuleModel, rulesModel, type Step } from '../model/rules-model.ts'
import type { ModelFields, ModelType } from '../model/schema-model.ts'
import { type Expected, expectedOf, type Hour } from './expected.ts'

/** Above so many keys an object's keys may be data. */
const NAMES = 64

/**
 * What must become of an hour, given the columns that it got: keys that looked like data up to some line stay so, whatever
 * comes after it. The model, which sees all lines at once, is told of such paths.
 */
export function expectedWithEarlyMaps(hour: Hour, seen: ModelFields): Expected {
  const expected = expectedOf(hour)
  if (hour.declared !== undefined) return expected
  const dropped = [...droppedModel(expected.rows, expected.columns, rulesModel(hour.rules)).keys()]
  const maps = mapsForStructs(expected.columns, seen, []).filter(({ path, fields }) => {
    const below = `${pathText(path)}.`
    return fields + dropped.filter((one) => one.startsWith(below)).length > NAMES
  })
  if (maps.length === 0) return expected
  const rules = maps.map(({ path }): RuleModel => ({ pattern: path, as: 'map', rename: undefined }))
  return expectedWithEarlyMaps({ ...hour, rules: [...hour.rules, ...rules] }, seen)
}

interface MapForStruct {
  readonly path: readonly Step[]
  readonly fields: number
}

/** The paths where a map was seen and a struct wanted, with how many fields that has; the topmost ones. */
function mapsForStructs(wanted: ModelFields, seen: ModelFields, path: readonly Step[]): MapForStruct[] {
  return [...wanted].flatMap(([name, { key, type }]) => {
    const other = seen.get(name)
    return other === undefined ? [] : mapsForStructsAt(type, other.type, [...path, { name: key }])
  })
}

function mapsForStructsAt(wanted: ModelType, seen: ModelType, path: readonly Step[]): MapForStruct[] {
  if (typeof wanted === 'string' || typeof seen === 'string') return []
  if ('struct' in wanted && 'map' in seen) return [{ path, fields: wanted.struct.size }]
  if ('struct' in wanted && 'struct' in seen) return mapsForStructs(wanted.struct, seen.struct, path)
  if ('list' in wanted && 'list' in seen) return mapsForStructsAt(wanted.list, seen.list, [...path, 'element'])
  return 'map' in wanted && 'map' in seen ? mapsForStructsAt(wanted.map, seen.map, [...path, 'any']) : []
}
