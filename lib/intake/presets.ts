import { fieldForm } from './field-form.ts'
import { fieldMatcher } from './field-matcher.ts'
import type { LineMatcher } from './line-matcher.ts'
import type { CellTypes } from './row-event.ts'

/** Lines of fields, told by a form (`fieldForm`). */
interface LinePreset {
  readonly form: string
  readonly types: CellTypes
  /** What the texts of columns are, as far as it tells where fields end. */
  readonly shapes: Readonly<Record<string, RegExp>>
  /** What vendors may add behind the fields that are known. */
  readonly more?: RegExp
}

const STATUS = /^\d{3}$/

/** `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`, https://httpd.apache.org/docs/2.4/logs.html#combined */
const APACHE_COMBINED: LinePreset = {
  form: 'host ident* user* [time] "request" status bytes "referer" "user_agent"',
  types: { status: 'int64', bytes: 'int64' },
  shapes: { status: STATUS },
}

/** https://nginx.org/en/docs/http/ngx_http_log_module.html, the predefined format `combined` */
const NGINX_COMBINED: LinePreset = {
  form: 'remote_addr _ remote_user* [time] "request" status body_bytes_sent "http_referer" "http_user_agent"',
  types: { status: 'int64', body_bytes_sent: 'int64' },
  shapes: { _: /^-$/, status: STATUS },
}

/**
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html: each group was added
 * at a time of its own. A quote of the client's is written `\x22`.
 */
const AWS_ALB: LinePreset = {
  form:
    'type time elb client target request_processing_time target_processing_time response_processing_time ' +
    'elb_status_code target_status_code received_bytes sent_bytes "request" "user_agent" ssl_cipher ssl_protocol ' +
    "target_group_arn 'trace_id' | 'domain_name' 'chosen_cert_arn' | matched_rule_priority | request_creation_time | " +
    "'actions_executed' | 'redirect_url' | 'error_reason' | 'target_list' 'target_status_code_list' | " +
    "'classification' 'classification_reason' | conn_trace_id | 'transformed_host' 'transformed_uri' " +
    "'request_transform_status'",
  types: {
    request_processing_time: 'double',
    target_processing_time: 'double',
    response_processing_time: 'double',
    elb_status_code: 'int64',
    target_status_code: 'int64',
    received_bytes: 'int64',
    sent_bytes: 'int64',
    matched_rule_priority: 'int64',
  },
  shapes: {
    elb_status_code: STATUS,
    target_status_code: STATUS,
    request_creation_time: /^\d{4}-\d\d-\d\dT/,
    request_transform_status: /^Transform/,
  },
  // A next one in quotes could as well be the end of one before it; an address could not.
  more: /^(?:[^" ]+|"[\d.:a-f]+")(?: (?:[^" ]+|"[^"]*"))*$/,
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html. What clients write is written as it is, quotes too. */
const S3_ACCESS: LinePreset = {
  form:
    'bucket_owner bucket [time] remote_ip requester request_id operation key* "request_uri" http_status error_code ' +
    'bytes_sent object_size total_time turn_around_time "referer" "user_agent" version_id | host_id | ' +
    'signature_version | cipher_suite | authentication_type | host_header* | tls_version | access_point_arn | ' +
    'acl_required | source_region',
  types: {
    http_status: 'int64',
    bytes_sent: 'int64',
    object_size: 'int64',
    total_time: 'int64',
    turn_around_time: 'int64',
  },
  shapes: {
    http_status: STATUS,
    signature_version: /^SigV/,
    tls_version: /^(?:TLS|SSL)/,
    access_point_arn: /^arn:/,
    acl_required: /^(?:Yes|No)$/,
    source_region: /^[a-z0-9-]+$/,
  },
  more: /^[^"]+$/,
}

/** Log files of lines that say by their places what they are. The time of an event is in the column `time`. */
const LINE_PRESETS = {
  'apache-combined': APACHE_COMBINED,
  'nginx-combined': NGINX_COMBINED,
  'aws-alb': AWS_ALB,
  's3-access': S3_ACCESS,
} as const

/** The lines of a preset, with the types that its columns have unless `types` says otherwise: then anything of that type fits. */
export function presetLines(
  name: keyof typeof LINE_PRESETS,
  types: CellTypes,
): { readonly matcher: LineMatcher; readonly types: CellTypes } {
  const preset: LinePreset = LINE_PRESETS[name]
  const all = { ...preset.types, ...types }
  const shapes = Object.entries(preset.shapes).filter(([column]) => !Object.hasOwn(types, column))
  return { matcher: fieldMatcher(fieldForm(preset.form, all, Object.fromEntries(shapes), preset.more)), types: all }
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html */
export const CLOUDFRONT_TYPES: CellTypes = {
  'sc-bytes': 'int64',
  'sc-status': 'int64',
  'cs-bytes': 'int64',
  'time-taken': 'double',
  'fle-encrypted-fields': 'int64',
  'c-port': 'int64',
  'time-to-first-byte': 'double',
  'sc-content-len': 'int64',
  'sc-range-start': 'int64',
  'sc-range-end': 'int64',
}
