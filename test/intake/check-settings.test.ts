import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../lib/config.ts'

const uploads = { format: 'jsonl', timestamp: { path: 'ts' } }

function parse(dataset: object) {
  return parseConfig({ datasets: { app: { out: './sealed', ...dataset } } }, 'the test').get('app')!
}

const withLayout =
  (layout: string | undefined, more: object = {}) =>
  () =>
    parse({ archive: { location: './logs', layout }, uploads: { ...uploads, ...more } })

describe('the layout of a dataset with uploads', () => {
  test('has a place for the names of slices unless it is given', () => {
    expect(withLayout(undefined)().archive.layout).toBe('{yyyy}{MM}{dd}/{HH}/*.jsonl.gz')
    expect(parse({ archive: { location: './logs' } }).archive.layout).toBe('{yyyy}{MM}{dd}/{HH}.jsonl.gz')
    expect(withLayout('a/{yyyy}/{MM}/{dd}/{HH}-*.json.gz')().archive.layout).toBe('a/{yyyy}/{MM}/{dd}/{HH}-*.json.gz')
  })

  test.each([
    '{yyyy}{MM}{dd}/{HH}.jsonl.gz',
    '{yyyy}{MM}{dd}/{HH}/*',
    '{yyyy}{MM}{dd}/{HH}/*.jsonl',
    '{yyyy}{MM}{dd}/{HH}/*-x.jsonl.gz',
    '*/{yyyy}{MM}{dd}/{HH}/*.jsonl.gz',
  ])('cannot be %s', (layout) => {
    expect(withLayout(layout)).toThrow(`datasets.app.archive.layout: uploads need one * before the ending`)
  })

  test('is not among what is known of uploads', () => {
    expect(withLayout('_uploads/{yyyy}{MM}{dd}/{HH}/*.jsonl.gz')).toThrow('wanted another folder')
  })
})

describe('the folder of uploads', () => {
  test.each([
    ['logs/', 'logs/{yyyy}{MM}{dd}/{HH}/*.jsonl.gz'],
    ['logs/2025/', 'logs/{yyyy}/{MM}{dd}/{HH}/*.jsonl.gz'],
    ['20250314/05/', undefined],
    ['a.b/', 'a.b/{yyyy}{MM}{dd}/{HH}/*.jsonl.gz'],
  ])('%s holds no slices of %s', (prefix, layout) => {
    expect(withLayout(layout, { prefix })).toThrow('datasets.app.uploads.prefix: uploads and slices would lie among')
  })

  test.each([
    ['logs/uploads/', 'logs/{yyyy}{MM}{dd}/{HH}/*.jsonl.gz'],
    ['logs/uploads/', 'logs/{yyyy}{MM}{dd}{HH}-*.jsonl.gz'],
    ['a.b/', 'axb/{yyyy}{MM}{dd}/{HH}/*.jsonl.gz'],
    ['uploads/', undefined],
  ])('%s may be beside %s', (prefix, layout) => {
    expect(withLayout(layout, { prefix })().uploads?.prefix).toBe(prefix)
  })
})

test('a word that is nearly one is named', () => {
  expect(withLayout(undefined, { fromat: 1 })).toThrow('did you mean format?')
  expect(withLayout(undefined, { timestamp: { pth: 'ts' } })).toThrow('did you mean path?')
})

test('a format has no other words than its own', () => {
  expect(withLayout(undefined, { format: { format: 'csv', delimter: ';' } })).toThrow('did you mean delimiter?')
})

test('two datasets cannot have uploads in one archive', () => {
  const dataset = (location: string, out: string) => ({ archive: { location }, out, uploads })
  const datasets = { a: dataset('./logs', './a'), b: dataset('./logs/', './b'), c: dataset('./other', './c') }
  expect(() => parseConfig({ datasets }, 'the test')).toThrow('datasets a and b: seen uploads in one archive, ./logs')
})
