import * as z from 'zod'
import { closed } from '../closed-object.ts'

/** How the buckets of `s3://` locations are reached, as configurations say it: becomes `S3Settings`. */
export const s3Schema = closed({
  /** Of an S3-compatible store. */
  endpoint: z
    .url({ protocol: /^https?$/, error: 'http://host or https://host' })
    .check(bare)
    .optional(),
  region: z.string().min(1).optional(),
  /** A profile of the AWS configuration files. */
  profile: z.string().min(1).optional(),
  /** The bucket in the path instead of the host's name. Default: with an endpoint. */
  pathStyle: z.boolean().optional(),
  /** From a request's first failure on. */
  retrySeconds: z.number().min(0).max(3600).optional(),
})

/** An endpoint is shown in messages, so it holds no password. */
function bare(context: z.core.ParsePayload<string>): void {
  const { username, password, search, hash } = URL.parse(context.value) ?? {}
  if (!username && !password && !search && !hash) return
  const message = 'wanted the URL of a host, without a user, a password or a query'
  context.issues.push({ code: 'custom', message, input: context.value })
}
