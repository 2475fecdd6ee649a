import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { MOST_SIGNED_SECONDS, presignedUrl } from '../../lib/store/s3-presign.ts'
import { thrownBy } from '../thrown.ts'
import { s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const signed = (key: string, seconds = 60) => presignedUrl(`s3://${bucket.name()}/in`, bucket.settings(), key, seconds)

test.each(['exports/a.csv', "exports/a b+c%2F&d=1?é😀'()*!.csv", `exports/${'x'.repeat(500)}`])(
  'a URL gives the object, and is signed as AWS says: %s',
  async (key) => {
    bucket.server().put(bucket.name(), `in/${key}`, Buffer.from(`content of ${key}`))
    const url = await signed(key)
    expect(await (await fetch(url)).text()).toBe(`content of ${key}`)
    expect(new URL(url).searchParams.get('X-Amz-Signature')).toBe(signatureOf(new URL(url)))
  },
)

test('a URL asks nothing of the store, and holds for 7 days at most', async () => {
  const url = await signed('exports/gone.csv', MOST_SIGNED_SECONDS)
  expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('604800')
  expect(bucket.requests()).toEqual([])
  await expect(signed('exports/gone.csv', MOST_SIGNED_SECONDS + 1)).rejects.toThrow()
})

test('there is none for what is no key', async () => {
  for (const key of ['', '../x', 'a//b', 'a/', '/a']) expect((await thrownBy(() => signed(key))).code).toBe('usage')
})

/** "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)". */
function signatureOf(url: URL): string {
  const { searchParams: query } = url
  const date = query.get('X-Amz-Date') ?? ''
  const [, day = '', region = '', service = ''] = (query.get('X-Amz-Credential') ?? '').split('/')
  const canonical = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
  const request = ['GET', url.pathname, canonical, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(request).digest('hex')].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${process.env.AWS_SECRET_ACCESS_KEY}`),
  )
  return createHmac('sha256', key).update(text).digest('hex')
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
