import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DaysealError } from '../lib/errors.ts'
import { formatPath, matchPath, type PathStep, parsePath } from '../lib/path-pattern.ts'
import { thrownBy } from './thrown.ts'

const name = (text: string): PathStep => ({ kind: 'name', name: text })
const any: PathStep = { kind: 'any' }
const element: PathStep = { kind: 'element' }

const anyName = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'é', '.', '\\', '*', '[', ']', 'e', ' ', '"'), maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const anyStep: fc.Arbitrary<PathStep> = fc.oneof(
  { weight: 4, arbitrary: anyName.map(name) },
  fc.constant(any),
  fc.constant(element),
)

describe('parsePath', () => {
  it.each<[string, PathStep[]]>([
    ['meta', [name('meta')]],
    ['meta.added_ts', [name('meta'), name('added_ts')]],
    ['windows.*.tag_counts', [name('windows'), any, name('tag_counts')]],
    ['spans[].name', [name('spans'), element, name('name')]],
    ['grid[][]', [name('grid'), element, element]],
    ['[]', [element]],
    ['*', [any]],
    ['*[].x', [any, element, name('x')]],
    ['a\\.b.c', [name('a.b'), name('c')]],
    ['a\\\\b', [name('a\\b')]],
    ['\\*', [name('*')]],
    ['a\\[0]', [name('a[0]')]],
    ['a.\\e', [name('a'), name('')]],
    ['__proto__.x y', [name('__proto__'), name('x y')]],
  ])('reads %s', (text, steps) => {
    expect(parsePath(text)).toEqual(steps)
  })

  it.each([
    ['', 'character 1; seen: its end'],
    ['a.', 'character 3; seen: its end'],
    ['.a', 'character 1; seen: ".a"'],
    ['a..b', 'character 3; seen: ".b"'],
    ['a.[]', 'character 3; seen: "[]"'],
    ['a[0]', 'character 2; seen: "[0]"'],
    ['a[]b', 'character 4; seen: "b"; wanted: a dot'],
    ['a*', 'character 2; seen: "*"'],
    ['*a', 'character 1; seen: "*a"'],
    ['**', 'character 1; seen: "**"'],
    ['a\\', 'character 2; seen: "\\\\"'],
    ['a\\n', 'character 2; seen: "\\\\n"'],
  ])('refuses %j and says where', async (text, message) => {
    const error = await thrownBy(() => parsePath(text))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(message)
  })
})

describe('formatPath', () => {
  it('is read back by parsePath, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 6 }), (steps) => {
        expect(parsePath(formatPath(steps))).toEqual(steps)
      }),
    )
  })

  it('writes what parsePath read, in its one spelling', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'e', '.', '\\', '*', '[', ']'), maxLength: 8 }), (text) => {
        let steps: PathStep[]
        try {
          steps = parsePath(text)
        } catch (error) {
          expect(error).toBeInstanceOf(DaysealError)
          return
        }
        expect(parsePath(formatPath(steps))).toEqual(steps)
      }),
    )
  })

  it('gives the root the empty text', () => {
    expect(formatPath([])).toBe('')
  })
})

describe('matchPath', () => {
  const covers = (pattern: string, path: readonly PathStep[]) => matchPath(parsePath(pattern), path)

  it('compares names exactly, and lets * stand for one name', () => {
    expect(covers('a.b', [name('a'), name('b')])).toBe(true)
    expect(covers('a.b', [name('a'), name('B')])).toBe(false)
    expect(covers('a.*', [name('a'), name('b')])).toBe(true)
    expect(covers('*', [name('a'), name('b')])).toBe(false)
    expect(covers('a.b', [name('a')])).toBe(false)
    expect(covers('\\*', [name('a')])).toBe(false)
  })

  it('addresses the values of a map by *, and the elements of a list by [] alone', () => {
    expect(covers('counts.*', [name('counts'), any])).toBe(true)
    expect(covers('counts.x', [name('counts'), any])).toBe(false)
    expect(covers('list.*', [name('list'), element])).toBe(false)
    expect(covers('list[]', [name('list'), element])).toBe(true)
    expect(covers('list[]', [name('list'), any])).toBe(false)
  })

  it('holds between any path and itself', () => {
    fc.assert(fc.property(fc.array(anyStep, { maxLength: 6 }), (steps) => matchPath(steps, steps)))
  })
})
