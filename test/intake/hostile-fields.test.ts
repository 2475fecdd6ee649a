import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readerOf } from '../../lib/intake/read-format.ts'
import type { Reading } from '../../lib/intake/reading.ts'
import { uploadsSchema } from '../../lib/intake/settings.ts'
import { runs } from '../property/runs.ts'

/*
 * What clients can write into the fields of access logs, as it is: no server is trusted to escape it. A line is read as it was
 * written, or quarantined; never is a part of one field another field's.
 */

const LIMITS = { maxLineBytes: 2 ** 20, maxDepth: 8 }
/** A run says its seed; with it in the environment the same texts come again. */
const seed = Number(process.env.DAYSEAL_SEED ?? randomInt(2 ** 31))
console.log(`DAYSEAL_SEED=${seed} gives these fields again`)

interface PresetLine {
  readonly preset: string
  /** Lines before it. */
  readonly head?: string
  readonly separator?: string
  /** Column, how it is written around `%`, an innocent text. */
  readonly fields: readonly (readonly [column: string, around: string, text: string])[]
  /** Those that a client, or somebody else, can fill. */
  readonly free: readonly string[]
  /** Those in which the server writes a quote as `\x22`, whatever else it does. */
  readonly escaped?: readonly string[]
}

const APACHE: PresetLine = {
  preset: 'apache-combined',
  fields: [
    ['host', '%', '203.0.113.7'],
    ['ident', '%', '-'],
    ['user', '%', 'frank'],
    ['time', '[%]', '14/Mar/2025:01:02:03 +0100'],
    ['request', '"%"', 'GET /a?b=c HTTP/1.1'],
    ['status', '%', '200'],
    ['bytes', '%', '5123'],
    ['referer', '"%"', 'https://example.com/'],
    ['user_agent', '"%"', 'Mozilla/5.0 (X11) [en]'],
  ],
  free: ['ident', 'user', 'request', 'referer', 'user_agent'],
}

const NGINX: PresetLine = {
  preset: 'nginx-combined',
  fields: [
    ['remote_addr', '%', '203.0.113.7'],
    ['_', '%', '-'],
    ['remote_user', '%', 'frank'],
    ['time', '[%]', '14/Mar/2025:01:02:03 +0100'],
    ['request', '"%"', 'GET /a?b=c HTTP/1.1'],
    ['status', '%', '200'],
    ['body_bytes_sent', '%', '5123'],
    ['http_referer', '"%"', '-'],
    ['http_user_agent', '"%"', 'curl/8.5.0'],
  ],
  free: ['remote_user', 'request', 'http_referer', 'http_user_agent'],
}

const S3: PresetLine = {
  preset: 's3-access',
  fields: [
    ['bucket_owner', '%', '79a59df900b949e5'],
    ['bucket', '%', 'my-bucket'],
    ['time', '[%]', '14/Mar/2025:01:02:03 +0000'],
    ['remote_ip', '%', '192.0.2.3'],
    ['requester', '%', '-'],
    ['request_id', '%', '3E57427F3EXAMPLE'],
    ['operation', '%', 'REST.GET.OBJECT'],
    ['key', '%', 'logs/a%2520b.gz'],
    ['request_uri', '"%"', 'GET /my-bucket/a HTTP/1.1'],
    ['http_status', '%', '403'],
    ['error_code', '%', 'AccessDenied'],
    ['bytes_sent', '%', '243'],
    ['object_size', '%', '-'],
    ['total_time', '%', '8'],
    ['turn_around_time', '%', '-'],
    ['referer', '"%"', '-'],
    ['user_agent', '"%"', 'S3Console/0.4'],
    ['version_id', '%', '-'],
    ['host_id', '%', 's9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234='],
    ['signature_version', '%', 'SigV4'],
    ['cipher_suite', '%', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['authentication_type', '%', 'AuthHeader'],
    ['host_header', '%', 'my-bucket.s3.amazonaws.com'],
    ['tls_version', '%', 'TLSv1.2'],
    ['access_point_arn', '%', '-'],
    ['acl_required', '%', 'Yes'],
    ['source_region', '%', 'us-east-1'],
  ],
  free: ['key', 'request_uri', 'referer', 'user_agent', 'host_header'],
}

const ALB: PresetLine = {
  preset: 'aws-alb',
  fields: [
    ['type', '%', 'h2'],
    ['time', '%', '2025-03-14T01:02:03.186641Z'],
    ['elb', '%', 'app/my-alb/50dc6c495c0c9188'],
    ['client', '%', '203.0.113.7:2817'],
    ['target', '%', '10.0.0.1:80'],
    ['request_processing_time', '%', '0.000'],
    ['target_processing_time', '%', '0.001'],
    ['response_processing_time', '%', '-1'],
    ['elb_status_code', '%', '200'],
    ['target_status_code', '%', '-'],
    ['received_bytes', '%', '34'],
    ['sent_bytes', '%', '366'],
    ['request', '"%"', 'GET https://example.com:443/ HTTP/2.0'],
    ['user_agent', '"%"', 'curl/8.5.0'],
    ['ssl_cipher', '%', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['ssl_protocol', '%', 'TLSv1.2'],
    ['target_group_arn', '%', 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/mine/73e2d6bc24d8a067'],
    ['trace_id', '"%"', 'Root=1-58337262-36d228ad5d99923122bbe354'],
    ['domain_name', '"%"', 'example.com'],
    ['chosen_cert_arn', '"%"', 'session-reused'],
    ['matched_rule_priority', '%', '1'],
    ['request_creation_time', '%', '2025-03-14T01:02:03.185000Z'],
    ['actions_executed', '"%"', 'waf,forward'],
    ['redirect_url', '"%"', '-'],
    ['error_reason', '"%"', '-'],
    ['target_list', '"%"', '10.0.0.1:80'],
    ['target_status_code_list', '"%"', '200'],
    ['classification', '"%"', '-'],
    ['classification_reason', '"%"', '-'],
    ['conn_trace_id', '%', 'TID_1234abcd5678ef90'],
    ['transformed_host', '"%"', 'a.example'],
    ['transformed_uri', '"%"', '/new'],
    ['request_transform_status', '"%"', 'TransformSuccess'],
  ],
  free: ['request', 'user_agent', 'trace_id', 'domain_name', 'redirect_url', 'transformed_host', 'transformed_uri'],
  escaped: ['transformed_host', 'transformed_uri'],
}

const CLOUDFRONT_COLUMNS: PresetLine['fields'] = [
  ['date', '%', '2025-03-14'],
  ['time', '%', '01:02:03'],
  ['x-edge-location', '%', 'DUB56-P1'],
  ['sc-bytes', '%', '523'],
  ['c-ip', '%', '192.0.2.9'],
  ['cs-method', '%', 'GET'],
  ['cs(Host)', '%', 'd1.cloudfront.net'],
  ['cs-uri-stem', '%', '/'],
  ['sc-status', '%', '000'],
  ['cs(Referer)', '%', '-'],
  ['cs(User-Agent)', '%', 'curl/8.5.0%20x'],
  ['cs-uri-query', '%', '-'],
  ['cs(Cookie)', '%', '-'],
  ['time-taken', '%', '0.001'],
]
const CLOUDFRONT: PresetLine = {
  preset: 'cloudfront',
  head: `#Version: 1.0\n#Fields: ${CLOUDFRONT_COLUMNS.map(([name]) => name).join(' ')}\n`,
  separator: '\t',
  fields: CLOUDFRONT_COLUMNS,
  free: ['cs-method', 'cs(Host)', 'cs-uri-stem', 'cs(Referer)', 'cs(User-Agent)', 'cs-uri-query', 'cs(Cookie)'],
}

const PRESET_LINES = [APACHE, NGINX, S3, ALB, CLOUDFRONT].map((line) => [line.preset, line] as const)

function lineOf({ fields, separator = ' ' }: PresetLine, texts: Readonly<Record<string, string>> = {}): string {
  return fields.map(([name, around, text]) => around.replace('%', () => texts[name] ?? text)).join(separator)
}

async function readingOf({ preset, head = '' }: PresetLine, line: string): Promise<Reading> {
  const reader = readerOf(uploadsSchema.parse({ format: preset, timestamp: 'arrival' }).format)
  const content = Buffer.from(`${head}${line}\n`)
  const readings: Reading[] = []
  async function* once() {
    yield content
  }
  for await (const batch of reader.read(once(), undefined, LIMITS)) readings.push(...batch)
  expect(readings).toHaveLength(1)
  return readings[0]!
}

const NUMBERS =
  /^(?:status|bytes|.*_bytes_sent|http_status|bytes_sent|object_size|.*_time|.*_status_code|.*_bytes|matched_rule_priority|sc-bytes|sc-status|time-taken)$/

/** The columns of a line as it was written. */
function written({ fields }: PresetLine, texts: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter(([name]) => name !== '_')
      .map(([name, , innocent]) => {
        const text = texts[name] ?? innocent
        const isNumber = NUMBERS.test(name) && name !== 'request_creation_time' && name !== 'time'
        return [name, text === '-' ? null : isNumber ? Number(text) : text]
      }),
  )
}

/** Fragments that look like what is around them, the line's own parts first of all. */
function hostileText(line: PresetLine): fc.Arbitrary<string> {
  const own = lineOf(line)
  const parts = own.split(line.separator ?? ' ')
  const part = fc.constantFrom(...parts)
  const run = fc
    .tuple(fc.nat(parts.length), fc.integer({ min: 1, max: parts.length }))
    .map(([from, count]) => parts.slice(from, from + count).join(line.separator ?? ' '))
  const cut = fc
    .tuple(fc.nat(own.length), fc.nat(own.length))
    .map(([a, b]) => own.slice(Math.min(a, b), Math.max(a, b)))
  const piece = fc.constantFrom(
    ...['"', '" ', ' "', '" "', '" "-" "', '""', '\\', '\\"', '\\\\"', '\\x22', "'", ' ', '  ', '-', '- -', '-" "-'],
    ...[
      '[',
      ']',
      '[x]',
      '] "',
      ' [14/Mar/2025:09:09:09 +0000] "',
      '" 200 5 "',
      '200',
      ' 403 ',
      '000',
      '4x3',
      '\t',
      '#',
    ],
    ...[
      '\0',
      '\x1b[31m',
      '\x7f',
      '\u2028',
      '\u00a0',
      'é',
      '😀',
      '%20',
      'GET / HTTP/1.1',
      'HTTP/1.1" 403 AccessDenied 1 - 1 -',
    ],
  )
  const long = fc.tuple(piece, fc.integer({ min: 1000, max: 3000 })).map(([text, times]) => text.repeat(times))
  const any = fc.oneof(
    { weight: 12, arbitrary: piece },
    { weight: 3, arbitrary: part },
    { weight: 3, arbitrary: run },
    { weight: 2, arbitrary: cut },
    {
      weight: 2,
      arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
    },
    { weight: 1, arbitrary: long },
  )
  return fc.array(any, { minLength: 1, maxLength: 6 }).map((texts) => texts.join(''))
}

const QUARANTINED = ['ambiguous', 'no_match', 'fields', 'too_long']

describe.each(PRESET_LINES)('%s', (_, line) => {
  test('an innocent line is read', async () => {
    const reading = await readingOf(line, lineOf(line))
    expect(reading).toMatchObject({ kind: 'event', value: written(line, {}) })
  })

  test('hostile text in free fields is read as it was written, or the line is quarantined', async () => {
    const seen = { read: 0, quarantined: 0 }
    const text = hostileText(line)
    const escaped = text.map((one) => one.replaceAll('"', '\\x22'))
    const textFor = (column: string) => (line.escaped?.includes(column) ? escaped : text)
    const hostile = fc
      .subarray([...line.free], { minLength: 1, maxLength: 2 })
      .chain((columns) => fc.record(Object.fromEntries(columns.map((column) => [column, textFor(column)]))))
    await fc.assert(
      fc.asyncProperty(hostile, async (texts) => {
        const reading = await readingOf(line, lineOf(line, texts))
        if (reading.kind === 'event') {
          seen.read++
          expect(reading.value).toMatchObject(written(line, texts))
        } else {
          seen.quarantined++
          expect(QUARANTINED).toContain(reading.reason)
        }
      }),
      { seed, ...runs(1500) },
    )
    console.log(line.preset, seen)
    expect(Math.min(seen.read, seen.quarantined)).toBeGreaterThan(100)
  })
})
