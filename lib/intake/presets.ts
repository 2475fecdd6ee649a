import { fieldMatcher } from './field-matcher.ts'
import type { LineMatcher } from './line-matcher.ts'
import type { CellTypes } from './row-event.ts'

export interface Preset {
  readonly matcher: LineMatcher
  readonly types: CellTypes
}

/** `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`, https://httpd.apache.org/docs/2.4/logs.html#combined */
const APACHE_COMBINED: Preset = {
  matcher: fieldMatcher('host ident user [time] "request" status bytes "referer" "user_agent"'),
  types: { status: 'int64', bytes: 'int64' },
}

/** https://nginx.org/en/docs/http/ngx_http_log_module.html, the predefined format `combined` */
const NGINX_COMBINED: Preset = {
  matcher: fieldMatcher(
    'remote_addr _ remote_user [time] "request" status body_bytes_sent "http_referer" "http_user_agent"',
  ),
  types: { status: 'int64', body_bytes_sent: 'int64' },
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html */
const AWS_ALB: Preset = {
  matcher: fieldMatcher(
    'type time elb client target request_processing_time target_processing_time response_processing_time ' +
      'elb_status_code target_status_code received_bytes sent_bytes "request" "user_agent" ssl_cipher ssl_protocol ' +
      'target_group_arn "trace_id" | "domain_name" "chosen_cert_arn" matched_rule_priority request_creation_time ' +
      '"actions_executed" "redirect_url" "error_reason" "target_list" "target_status_code_list" "classification" ' +
      '"classification_reason" conn_trace_id transformed_host transformed_uri request_transform_status',
  ),
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
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
const S3_ACCESS: Preset = {
  matcher: fieldMatcher(
    'bucket_owner bucket [time] remote_ip requester request_id operation key "request_uri" http_status error_code ' +
      'bytes_sent object_size total_time turn_around_time "referer" "user_agent" version_id | host_id ' +
      'signature_version cipher_suite authentication_type host_header tls_version access_point_arn acl_required ' +
      'source_region',
  ),
  types: {
    http_status: 'int64',
    bytes_sent: 'int64',
    object_size: 'int64',
    total_time: 'int64',
    turn_around_time: 'int64',
  },
}

/** Log files of lines that say by their places what they are. The time of an event is in the column `time`. */
export const LINE_PRESETS = {
  'apache-combined': APACHE_COMBINED,
  'nginx-combined': NGINX_COMBINED,
  'aws-alb': AWS_ALB,
  's3-access': S3_ACCESS,
} as const

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
