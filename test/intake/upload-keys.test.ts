import { expect, test } from 'vitest'
import { sliceId } from '../../lib/intake/upload-keys.ts'

const ID = '0123456789abcdef0123456789abcdef'

test.each([
  [`20250314/05/${ID}.jsonl.gz`, ID],
  [`20250314/05-${ID}.json.gz`, ID],
  [`20250314/05/a${ID}.jsonl.gz`, undefined],
  [`20250314/05/${ID}01234567.jsonl.gz`, undefined],
  [`20250314/05/${ID}.jsonl`, undefined],
  [`20250314/05/${ID.toUpperCase()}.jsonl.gz`, undefined],
  ['20250314/05/host-1.jsonl.gz', undefined],
])('the id in %s', (key, id) => {
  expect(sliceId(key)).toBe(id)
})
