import { describe, expect, test } from 'vitest'
import type { Override } from '../../lib/config.ts'
import { caseCollisions, droppedColumns } from '../../lib/shred/dropped.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { fileSchema } from '../../lib/shred/resolve.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'

const profile = (fields: Readonly<Record<string, Profile>>): Profile => ({ objects: 1, fields: Object.entries(fields) })
const list = (elements: Profile): Profile => ({ lists: 1, elements })

const NULLS: Profile = { nulls: 1 }
const INTS: Profile = { ints: 1 }
const EMPTY_OBJECT: Profile = { objects: 1, empty_objects: 1 }
const EMPTY_LIST: Profile = { lists: 1, empty_lists: 1 }

function dropped(seen: Profile, overrides: Readonly<Record<string, Override>> = {}) {
  const rules = compileRules(overrides, undefined)
  return droppedColumns(fileSchema([], seen, rules), seen, rules)
}

describe('droppedColumns', () => {
  test.each<[Profile, string[]]>([
    [NULLS, ['null']],
    [EMPTY_OBJECT, ['{}']],
    [EMPTY_LIST, ['[]']],
    [profile({ b: NULLS }), ['object']],
    [list(NULLS), ['list']],
    [{ nulls: 3, objects: 2, empty_objects: 2 }, ['null', '{}']],
    [{ objects: 3, empty_objects: 2, fields: [['b', NULLS]] }, ['{}', 'object']],
    [{ nulls: 1, lists: 2, empty_lists: 1, elements: NULLS }, ['null', '[]', 'list']],
  ])('%j has no column for want of values: %j', (seen, saw) => {
    expect(dropped(profile({ x: INTS, a: seen }))).toEqual([{ path: 'a', reason: 'empty', saw }])
  })

  test('what has a column is not named', () => {
    expect(dropped(profile({ a: INTS, b: profile({ c: INTS }), d: list(INTS) }))).toEqual([])
  })

  test('{} and [] at one path are a clash of kinds, which has a column', () => {
    expect(dropped(profile({ a: { objects: 1, empty_objects: 1, lists: 1, empty_lists: 1 } }))).toEqual([])
  })

  test('a drop override is the reason, with what it took away', () => {
    const seen = profile({ x: INTS, a: { ints: 1, nulls: 1 }, b: profile({ c: { strings: 1 }, d: INTS }) })
    expect(dropped(seen, { a: 'drop', 'b.c': 'drop' })).toEqual([
      { path: 'a', reason: 'configured', saw: ['null', 'value'] },
      { path: 'b.c', reason: 'configured', saw: ['value'] },
    ])
  })

  test('also where it took all that was inside', () => {
    const seen = profile({ s: profile({ c: INTS }), l: list(INTS), e: profile({ c: NULLS }) })
    expect(dropped(seen, { 's.c': 'drop', 'l[]': 'drop' })).toEqual([
      { path: 's', reason: 'configured', saw: ['object'] },
      { path: 'l', reason: 'configured', saw: ['list'] },
      { path: 'e', reason: 'empty', saw: ['object'] },
    ])
  })

  test('the topmost path without a column stands for what is below, in structs, lists and maps', () => {
    const gap = profile({ kept: INTS, gap: profile({ deep: NULLS }) })
    const seen = profile({
      s: gap,
      l: list(gap),
      m: { objects: 1, keys_are_data: true, values: gap },
      'a.b': NULLS,
    })
    expect(dropped(seen).map(({ path }) => path)).toEqual(['s.gap', 'l[].gap', 'm.*.gap', 'a\\.b'])
  })
})

describe('caseCollisions', () => {
  const named = (types: Readonly<Record<string, Type>>): Schema =>
    Object.entries(types).map(([name, type]) => ({ key: `key of ${name}`, name, type }))
  const text: Type = { kind: 'string' }
  const pair: Type = { kind: 'struct', fields: named({ x: text, X: text, y: text }) }

  test('are columns of one struct that differ only in case, three together', () => {
    expect(caseCollisions(named({ ID: text, a: text, Id: text, A: text, id: text, b: text }))).toEqual([
      ['ID', 'Id', 'id'],
      ['a', 'A'],
    ])
  })

  test('are found in structs, lists and maps', () => {
    const schema = named({
      s: pair,
      l: { kind: 'list', element: { kind: 'list', element: pair } },
      'm.n': { kind: 'map', value: pair },
    })
    expect(caseCollisions(schema)).toEqual([
      ['s.x', 's.X'],
      ['l[][].x', 'l[][].X'],
      ['m\\.n.*.x', 'm\\.n.*.X'],
    ])
  })

  test('not across structs', () => {
    const inside = (name: string): Type => ({ kind: 'struct', fields: named({ [name]: text }) })
    expect(caseCollisions(named({ a: inside('x'), b: inside('X'), x: text }))).toEqual([])
  })
})
