import * as z from 'zod'
import { hasCredentials } from '../secrets.ts'
import { BARE } from './location.ts'

/** A directory or `s3://bucket/prefix`, as configurations name it. It is shown in messages, so it holds no secrets. */
export const locationSchema = z
  .string()
  .min(1)
  .check((context) => {
    if (!hasCredentials(context.value)) return
    context.issues.push({ code: 'custom', message: `holds credentials; wanted ${BARE}`, input: context.value })
  })
