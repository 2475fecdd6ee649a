import { describe, expect, it } from 'vitest'
import { openStore } from '../../lib/store/open-store.ts'
import { formatS3Location, parseS3Location } from '../../lib/store/s3-location.ts'
import { thrownBy } from '../thrown.ts'

describe('an s3:// location', () => {
  it.each([
    ['s3://bucket', 'bucket', ''],
    ['s3://bucket/', 'bucket', ''],
    ['S3://my.bucket-1/a', 'my.bucket-1', 'a/'],
    ['s3://bucket/a/b/', 'bucket', 'a/b/'],
    ['s3://bucket/a b/ü+%20?#', 'bucket', 'a b/ü+%20?#/'],
  ])('%s', (location, bucket, prefix) => {
    expect(parseS3Location(location)).toEqual({ bucket, prefix })
    expect(parseS3Location(formatS3Location({ bucket, prefix }))).toEqual({ bucket, prefix })
  })

  it.each([
    's3://',
    's3:///a',
    's3://ab',
    's3://Bucket',
    's3://buc_ket',
    's3://bucket:80/a',
    's3://user@bucket/a',
    's3://192.168.0.1/a',
    's3://a..b/c',
    's3://-bucket',
    's3://arn:aws:s3:::bucket',
    `s3://${'b'.repeat(64)}`,
    's3://bucket//',
    's3://bucket/a//b',
    's3://bucket//a',
    's3://bucket/a//',
    's3://bucket/../other',
    's3://bucket/a/..',
    's3://bucket/./a',
    's3://bucket/a\0b',
    's3://bucket/\ud800',
  ])('refuses %j', async (location) => {
    expect((await thrownBy(() => openStore(location))).code).toBe('usage')
  })

  it('is opened without a request', () => {
    expect(openStore('s3://no-such-bucket/a/').location).toBe('s3://no-such-bucket/a')
  })
})
