import { describe, expect, test } from 'vitest'
import type { Match } from '../../lib/intake/line-matcher.ts'
import { presetLines } from '../../lib/intake/presets.ts'

const S3_HEAD =
  '79a59df900b949e5 bkt [14/Mar/2025:00:00:01 +0000] 192.0.2.1 - R1 REST.GET.OBJECT k "GET /k HTTP/1.1" 403 AccessDenied 243 - 8 -'
const S3 = `${S3_HEAD} "-" "curl" - hostid= - ECDHE - bkt.s3.amazonaws.com TLSv1.2`
const APACHE = '203.0.113.7 - - [14/Mar/2025:01:02:03 +0100] "GET / HTTP/1.1" 200 5 "-" "curl"'
const ALB =
  'h2 2025-03-14T01:02:03.186641Z app/my-alb/50dc6c495c0c9188 203.0.113.7:2817 10.0.0.1:80 0.000 0.001 -1 200 - 34 366 ' +
  '"GET https://example.com:443/ HTTP/2.0" "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-5" ' +
  '"example.com" "session-reused" 1 2025-03-14T01:02:03.185000Z "waf,forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'
const ALB_TAIL = ' TID_1 "a.example" "/x" "TransformSuccess"'

function read(preset: Parameters<typeof presetLines>[0], line: string, types = {}): Record<string, unknown> | Match {
  const { matcher } = presetLines(preset, types)
  const match = matcher.match(line)
  if (match.kind !== 'row') return match
  return Object.fromEntries(matcher.columns.map((name, i) => [name, match.cells[i]]))
}

describe('a quote in a quoted field', () => {
  test.each([
    ['in the URL', '"GET /k HTTP/1.1"', '"GET /k?x=" HTTP/1.1"', { request_uri: 'GET /k?x=" HTTP/1.1' }],
    [
      'and what could be a status',
      '"GET /k HTTP/1.1"',
      '"GET /" 200 - HTTP/1.1"',
      { request_uri: 'GET /" 200 - HTTP/1.1' },
    ],
    ['at the end of the agent', '"curl"', '"Safari/604.1""', { user_agent: 'Safari/604.1"' }],
    ['in the referer', '"-" "curl"', '"a "b" c" "curl"', { referer: 'a "b" c', user_agent: 'curl' }],
    ['behind a backslash', '"curl"', '"a\\" - b\\"', { user_agent: 'a\\" - b\\' }],
  ])('%s: the field ends where what follows fits', (_, innocent, hostile, columns) => {
    expect(
      read(
        's3-access',
        S3.replace(innocent, () => hostile),
      ),
    ).toEqual({
      ...(read('s3-access', S3) as object),
      ...columns,
    })
  })

  test.each([
    ['a forged rest', S3.replace('/k HTTP', '/k" 200 - 1 - 1 - "-" "x" - a SigV4 b c d TLSv1 - - e HTTP'), 'key', 8],
    ['a forged status', S3.replace('/k HTTP', '/k" 200 - 243 - 8 - "-" "x'), 'key', 8],
    ['two fields', S3.replace('"-" "curl"', '"a" "b" "c"'), 'referer', 16],
  ])('%s: ambiguous where more than one way fits', (_, line, column, field) => {
    expect(read('s3-access', line)).toEqual({
      kind: 'ambiguous',
      detail: expect.stringMatching(`^the column "${column}", field ${field}: may be ".*" or ".*"$`),
    })
  })

  test('an agent that looks like what follows it is read where nothing else fits', () => {
    expect(read('s3-access', S3.replace('"curl" -', '"curl" - x "y" -'))).toMatchObject({ user_agent: 'curl" - x "y' })
  })

  test('a load balancer writes quotes otherwise: a line with a bare one is ambiguous, one in which it is escaped is read', () => {
    expect(read('aws-alb', `${ALB.replace('curl', 'cu"rl')}${ALB_TAIL}`)).toEqual({
      kind: 'ambiguous',
      detail: 'the column "user_agent", field 14: "cu\\"rl/8.5.0" has a quote, which this server writes otherwise',
    })
    expect(read('aws-alb', `${ALB.replace('curl', 'cu\\x22rl')}${ALB_TAIL}`)).toMatchObject({
      user_agent: 'cu\\x22rl/8.5.0',
    })
    // A backslash does not keep the quote behind it from being one.
    expect(read('aws-alb', ALB.replace('curl/8.5.0', 'curl\\'))).toMatchObject({
      user_agent: 'curl\\',
      trace_id: 'Root=1-5',
    })
  })

  test('a forged rest of a line of a load balancer is ambiguous', () => {
    const forged = `x" - - - "t" "d" "c" 1 2025-03-14T01:02:03Z "-" "-" "-" "-" "-" "-" "-" TID_2 "-" "-" "-" 10.0.0.1 "y`
    expect(read('aws-alb', `${ALB.replace('curl/8.5.0', forged)}${ALB_TAIL}`)).toMatchObject({ kind: 'ambiguous' })
  })

  test('Apache: escaped quotes are text, and stay as they are', () => {
    const line = APACHE.replace('curl', 'say \\"hi\\" and \\"bye\\"')
    expect(read('apache-combined', line)).toMatchObject({ referer: null, user_agent: 'say \\"hi\\" and \\"bye\\"' })
    expect(read('apache-combined', APACHE.replace('curl', 'ends in \\'))).toMatchObject({ user_agent: 'ends in \\' })
  })
})

describe('names with spaces', () => {
  test('nginx: the user is all up to the brackets', () => {
    const line = APACHE.replace('- - [', '- John [x] Smith [')
    expect(read('nginx-combined', line)).toMatchObject({
      remote_user: 'John [x] Smith',
      time: '14/Mar/2025:01:02:03 +0100',
    })
    expect(read('nginx-combined', APACHE.replace('- - [', 'x - ['))).toMatchObject({
      kind: 'ambiguous',
      detail: 'field 2: "x" is nothing that it can be',
    })
  })

  test('Apache: nobody knows where the identity ends and the user begins', () => {
    expect(read('apache-combined', APACHE.replace('- - [', '- John Smith ['))).toEqual({
      kind: 'ambiguous',
      detail: 'the column "ident", field 2: may be "-" or "- John"',
    })
  })
})

describe('a text that is none of its field', () => {
  test.each([
    ['s3-access', S3.replace(' 403 ', ' 4x3 '), 'the column "http_status", field 10: "4x3" is no int64'],
    [
      's3-access',
      S3.replace(' 403 ', ' 4033 '),
      'the column "http_status", field 10: "4033" is nothing that it can be',
    ],
    [
      's3-access',
      S3.replace(' 243 ', ' 9223372036854775808 '),
      'the column "bytes_sent", field 12: "9223372036854775808" is no int64',
    ],
    ['s3-access', S3.replace('TLSv1.2', 'x'), 'the column "tls_version", field 24: "x" is nothing that it can be'],
    [
      'aws-alb',
      ALB.replace(' 0.001 ', ' 0,001 '),
      'the column "target_processing_time", field 7: "0,001" is no double',
    ],
    [
      'apache-combined',
      APACHE.replace('/ HTTP', '/" HTTP').replace(' 5 ', ' x '),
      'the column "bytes", field 7: "x" is no int64',
    ],
  ] as const)('%s: ambiguous, with column and field', (preset, line, detail) => {
    expect(read(preset, line)).toEqual({ kind: 'ambiguous', detail })
  })

  test('a type of the configuration takes what it takes', () => {
    expect(read('s3-access', S3.replace(' 403 ', ' 4x3 '), { http_status: 'string' })).toMatchObject({
      http_status: '4x3',
    })
    expect(read('s3-access', S3.replace(' 403 ', ' 4.5 '), { http_status: 'double' })).toMatchObject({
      http_status: '4.5',
    })
  })
})

test.each([
  [
    'a line of another form',
    'x',
    /seen the end of the line at character 3, wanted the column "ident", field 2, a text$/,
  ],
  [
    '',
    APACHE.slice(0, -1),
    /seen "\\"curl" at character \d+, wanted the column "user_agent", field 9, a text in quotes$/,
  ],
  ['a field too many', `${APACHE} 1`, /seen "1" at character \d+, wanted the end of the line$/],
  ['no brackets', APACHE.replace('[14', '14'), /wanted the column "time", field 4, a text in brackets$/],
])('%s: the detail says where', (_, line, detail) => {
  expect(read('apache-combined', line)).toMatchObject({ kind: 'no_match', detail: expect.stringMatching(detail) })
})

test('what vendors add is in the column more, as long as it cannot be the end of a field', () => {
  expect(read('aws-alb', `${ALB}${ALB_TAIL} 10.0.0.9 "x y" "-"`)).toMatchObject({
    request_transform_status: 'TransformSuccess',
    more: '10.0.0.9 "x y" "-"',
  })
  expect(read('aws-alb', `${ALB}${ALB_TAIL} "10.0.0.9"`)).toMatchObject({ more: '"10.0.0.9"' })
  expect(read('aws-alb', `${ALB} TID_1 "a.example" "/x" "-" "TransformSuccess"`)).toMatchObject({ kind: 'no_match' })
  expect(read('s3-access', `${S3} - Yes us-east-1 x y`)).toMatchObject({ source_region: 'us-east-1', more: 'x y' })
})

test.each([
  ['quotes', '" '],
  ['escaped quotes', '\\" '],
  ['brackets', ' ['],
  ['brackets that end', '[x] '],
  ['spaces', '  '],
  ['all that a line may have', '" 200 5 "-" "x" - - [x] '],
])('a line of many %s takes no longer than a few seconds', (_, part) => {
  const hostile = part.repeat(200_000)
  for (const line of [APACHE.replace('- - [', `${hostile} [`), APACHE.replace('GET', () => hostile), hostile]) {
    for (const preset of ['apache-combined', 'nginx-combined', 's3-access', 'aws-alb'] as const) {
      expect(['row', 'no_match', 'ambiguous']).toContain(presetLines(preset, {}).matcher.match(line).kind)
    }
  }
})

test('a line with more places where a field could end than anyone writes is ambiguous', () => {
  const line = (times: number) => S3.replace('/k HTTP', `${'x" '.repeat(times)}HTTP`)
  expect(read('s3-access', line(9000))).toMatchObject({ http_status: '403' })
  expect(read('s3-access', line(10_000))).toEqual({
    kind: 'ambiguous',
    detail: 'quotes and spaces at more than 20000 places where a field could end',
  })
})
