import * as z from 'zod'

/** "Object Created" of S3 as EventBridge delivers it. Unlike S3's own notifications, keys in it are not URL-encoded. */
export const objectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      size: z.int().nonnegative(),
      etag: z.string().min(1),
      sequencer: z.string().min(1),
    }),
  }),
})
