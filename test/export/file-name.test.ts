import { describe, expect, it } from 'vitest'
import { fileName } from '../../lib/export/file-name.ts'
import { thrownBy } from '../thrown.ts'

const PARTS = {
  name: 'errors',
  dataset: 'app',
  now: new Date('2025-03-05T04:03:02.999Z'),
  first: '2025-03-01',
  last: '2025-03-04',
}

describe('the name of a file', () => {
  it('is made of the run and its days', () => {
    expect(fileName('{name}_{yyyy}{MM}{dd}_{HH}{mm}{ss}', PARTS)).toBe('errors_20250305_040302')
    expect(fileName('{dataset}-{first}-{last}', PARTS)).toBe('app-2025-03-01-2025-03-04')
    expect(fileName('plain', PARTS)).toBe('plain')
  })

  it('is refused where it would not be one everywhere', async () => {
    for (const template of ['a/b', '../a', '.hidden', '', ' ', 'a b', 'a\0', `${'x'.repeat(181)}`, 'é', '-a', 'a:b']) {
      const error = await thrownBy(() => fileName(template, PARTS))
      expect(error.code).toBe('usage')
      expect(error.message).toContain('cannot be used')
    }
  })

  it('names the token that was probably meant', async () => {
    expect((await thrownBy(() => fileName('{nam}', PARTS))).message).toContain('did you mean {name}?')
    expect((await thrownBy(() => fileName('{constructor}', PARTS))).message).toContain('wanted: {name} {dataset}')
    expect((await thrownBy(() => fileName('a}', PARTS))).code).toBe('usage')
  })
})
