import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventTimeReader } from '../../lib/intake/event-time.ts'
import { readerOf } from '../../lib/intake/read-format.ts'
import { PRESETS, uploadsSchema } from '../../lib/intake/settings.ts'
import { thrownBy } from '../thrown.ts'
import { cutAt, cuts, readAll } from './read-all.ts'

const readerFor = (format: unknown) => readerOf(uploadsSchema.parse({ format, timestamp: 'arrival' }).format)

async function valuesOf(format: unknown, content: string) {
  const { readings } = await readAll(readerFor(format), content, { maxLineBytes: 2 ** 20, maxDepth: 8 })
  return readings.map((one) => ('value' in one ? { ...(one.value as object) } : one.reason))
}

const COMBINED =
  '203.0.113.7 - frank [14/Mar/2025:01:02:03 +0100] "GET /a?b=\\"c\\" HTTP/1.1" 200 5123 "https://example.com/" "Mozilla/5.0 (X11)"'

const ALB =
  'h2 2025-03-14T01:02:03.186641Z app/my-alb/50dc6c495c0c9188 203.0.113.7:2817 10.0.0.1:80 0.000 0.001 -1 200 - 34 366 ' +
  '"GET https://example.com:443/ HTTP/2.0" "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ' +
  'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/mine/73e2d6bc24d8a067 ' +
  '"Root=1-58337262-36d228ad5d99923122bbe354"'
const ALB_LATER =
  ' "example.com" "session-reused" 1 2025-03-14T01:02:03.185000Z "waf,forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'

const S3 =
  '79a59df900b949e5 my-bucket [14/Mar/2025:01:02:03 +0000] 192.0.2.3 79a59df900b949e5 3E57427F3EXAMPLE REST.GET.OBJECT ' +
  'logs/a%2520b.gz "GET /my-bucket/logs/a%20b.gz HTTP/1.1" 200 - 113 4406 7 6 "-" "S3Console/0.4" -'
const S3_LATER =
  ' s9lzHYrFp76ZVxRcpX9 SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader my-bucket.s3.amazonaws.com TLSV1.2 - Yes'

describe('apache-combined', () => {
  test('reads what httpd writes', async () => {
    const empty = '2001:db8::1 - - [14/Mar/2025:01:02:03 +0000] "-" 408 - "-" "-"'
    expect(await valuesOf('apache-combined', `${COMBINED}\r\n${empty}\n`)).toEqual([
      {
        host: '203.0.113.7',
        ident: null,
        user: 'frank',
        time: '14/Mar/2025:01:02:03 +0100',
        request: 'GET /a?b=\\"c\\" HTTP/1.1',
        status: 200,
        bytes: 5123,
        referer: 'https://example.com/',
        user_agent: 'Mozilla/5.0 (X11)',
      },
      {
        host: '2001:db8::1',
        ident: null,
        user: null,
        time: '14/Mar/2025:01:02:03 +0000',
        request: null,
        status: 408,
        bytes: null,
        referer: null,
        user_agent: null,
      },
    ])
  })

  test.each([
    ['a field too few', COMBINED.slice(0, COMBINED.lastIndexOf(' "'))],
    ['a field too many', `${COMBINED} 1`],
    ['quotes that do not end', COMBINED.slice(0, -1)],
    ['no time', COMBINED.replace(/\[.*\]/, '14/Mar/2025')],
    ['an error log', '[Fri Mar 14 01:02:03.123 2025] [core:error] [pid 35708] AH00126: Invalid URI'],
  ])('%s: no match', async (_, line) => {
    expect(await valuesOf('apache-combined', line)).toEqual(['no_match'])
  })
})

test('nginx-combined', async () => {
  const line = COMBINED.replaceAll('\\"', '\\x22')
  expect(await valuesOf('nginx-combined', line)).toEqual([
    {
      remote_addr: '203.0.113.7',
      remote_user: 'frank',
      time: '14/Mar/2025:01:02:03 +0100',
      request: 'GET /a?b=\\x22c\\x22 HTTP/1.1',
      status: 200,
      body_bytes_sent: 5123,
      http_referer: 'https://example.com/',
      http_user_agent: 'Mozilla/5.0 (X11)',
    },
  ])
})

test('aws-alb: older lines, today’s and those of tomorrow', async () => {
  const traced = `${ALB_LATER} TID_1234abcd "a.example" "-" "-"`
  const [old, today, tomorrow] = await valuesOf('aws-alb', `${ALB}\n${ALB}${traced}\n${ALB}${traced} new "one more"`)
  expect(old).toMatchObject({
    type: 'h2',
    time: '2025-03-14T01:02:03.186641Z',
    client: '203.0.113.7:2817',
    request_processing_time: 0,
    target_processing_time: 0.001,
    response_processing_time: -1,
    elb_status_code: 200,
    target_status_code: null,
    request: 'GET https://example.com:443/ HTTP/2.0',
    trace_id: 'Root=1-58337262-36d228ad5d99923122bbe354',
    domain_name: null,
    more: null,
  })
  expect(today).toMatchObject({
    matched_rule_priority: 1,
    actions_executed: 'waf,forward',
    redirect_url: null,
    target_list: '10.0.0.1:80',
    conn_trace_id: 'TID_1234abcd',
    transformed_host: 'a.example',
    transformed_uri: null,
    more: null,
  })
  expect(tomorrow).toEqual({ ...(today as object), more: 'new "one more"' })
})

test('s3-access: older lines, today’s and those of tomorrow', async () => {
  const batch = S3.replace('"GET /my-bucket/logs/a%20b.gz HTTP/1.1"', '-').replace('"-" "S3', '- "S3')
  const lines = [S3, `${S3}${S3_LATER}`, `${S3}${S3_LATER} us-east-1 x`, batch]
  const [old, today, tomorrow, other] = await valuesOf('s3-access', lines.join('\n'))
  expect(old).toMatchObject({
    bucket: 'my-bucket',
    time: '14/Mar/2025:01:02:03 +0000',
    key: 'logs/a%2520b.gz',
    http_status: 200,
    error_code: null,
    bytes_sent: 113,
    object_size: 4406,
    turn_around_time: 6,
    referer: null,
    user_agent: 'S3Console/0.4',
    host_id: null,
    more: null,
  })
  expect(today).toMatchObject({
    signature_version: 'SigV4',
    access_point_arn: null,
    acl_required: 'Yes',
    source_region: null,
  })
  expect(tomorrow).toEqual({ ...(today as object), source_region: 'us-east-1', more: 'x' })
  expect(other).toEqual({ ...(old as object), request_uri: null })
})

describe('cloudfront', () => {
  const head = '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes cs(User-Agent) time-taken sc-range-start\n'
  const row = '2025-03-14\t01:02:03\tDUB56-P1\t523\tcurl/8.5.0%20x\t0.001\t-\n'

  test('reads the fields that its header names; the header is no event', async () => {
    const { readings, blank } = await readAll(readerFor('cloudfront'), head + row)
    expect(blank).toBe(2)
    expect(readings).toEqual([
      {
        json: '{"timestamp":"2025-03-14T01:02:03Z","date":"2025-03-14","time":"01:02:03","x-edge-location":"DUB56-P1","sc-bytes":523,"cs(User-Agent)":"curl/8.5.0%20x","time-taken":0.001,"sc-range-start":null}',
        value: expect.objectContaining({ timestamp: '2025-03-14T01:02:03Z' }),
        line: 3,
        byte: head.length,
      },
    ])
  })

  test('another header says what follows it; a row of another width, or before any header, is none', async () => {
    const content = `${row}${head}a\tb\n#Fields: timestamp x\n5\t6\n#Fields: date time timestamp\n2025-03-14\t01:02:03\tmine\n`
    expect(await valuesOf('cloudfront', content)).toEqual([
      'no_match',
      'fields',
      { timestamp: '5', x: '6' },
      { date: '2025-03-14', time: '01:02:03', timestamp: 'mine' },
    ])
  })

  test.each(['#Fields: date time date\n', '#Fields:\n'])('refuses %j', async (content) => {
    expect((await thrownBy(() => readAll(readerFor('cloudfront'), content))).code).toBe('source')
  })
})

test('the time of every preset can be read', async () => {
  const lines: Readonly<Record<(typeof PRESETS)[number], readonly [content: string, path: string]>> = {
    'apache-combined': [COMBINED, 'time'],
    'nginx-combined': [COMBINED, 'time'],
    'aws-alb': [ALB, 'time'],
    's3-access': [S3, 'time'],
    cloudfront: ['#Fields: date time\n2025-03-14\t01:02:03', 'timestamp'],
  }
  for (const preset of PRESETS) {
    const [content, path] = lines[preset]
    const batches = readerFor(preset).read(
      (async function* () {
        yield Buffer.from(content)
      })(),
      undefined,
      { maxLineBytes: 4096, maxDepth: 8 },
    )
    for await (const [event] of batches) {
      expect(event?.kind === 'event' && eventTimeReader({ path, form: 'auto' })(event).kind, preset).toBe('time')
    }
  }
})

test('types of the configuration stand above those of a preset', async () => {
  const format = { format: 'pattern', preset: 'apache-combined', types: { bytes: 'double', ident: 'bool' } }
  const line = COMBINED.replace(' 200 5123', ' 200 5.50').replace(' - frank', ' true frank')
  const { readings } = await readAll(readerFor(format), line)
  expect(readings).toMatchObject([{ json: expect.stringMatching(/"ident":true,.*"status":200,"bytes":5.50,/) }])
  const other = { ...format, types: { status: 'string' } }
  expect(await valuesOf(other, COMBINED.replace(' 200 ', ' 2e2 '))).toMatchObject([{ status: '2e2', bytes: 5123 }])
})

test.each(PRESETS)('%s: lines made to be hard take no longer, and wherever chunks end', async (preset) => {
  const parts = fc.constantFrom(
    '"',
    '\\',
    '[',
    ']',
    ' ',
    '-',
    'a',
    '\t',
    '#',
    '\n',
    '#Fields: a b\n',
    COMBINED,
    S3,
    ALB,
  )
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 30 }), cuts, async (texts, places) => {
      const bytes = Buffer.from(texts.join(''))
      const whole = await readAll(readerFor(preset), bytes)
      const cut = await readAll(readerFor(preset), cutAt(bytes, places))
      expect(cut).toEqual({ ...whole, heldBytes: cut.heldBytes })
    }),
    { numRuns: 50 },
  )
  for (const hard of ['" ', '\\"', '"\\', '[ ', '- ', '"" ']) {
    const [reason] = await valuesOf(preset, `- - - [x] "${hard.repeat(300_000)}`)
    expect(['no_match', 'ambiguous']).toContain(reason)
  }
})
