import { tmpdir } from 'node:os'
import { downloadUrl } from '../lib/service/download-url.ts'
import { exportDays } from '../lib/service/export.ts'
import { exportRequest } from './export-request.ts'
import { logger, observed } from './observed.ts'
import { service } from './service.ts'

/** Runs an export, or gives a URL by which a file of one can be read. */
export const handler = observed(async (event, signal, { awsRequestId: runId }) => {
  const asked = exportRequest.parse(event)
  if (asked.kind === 'download') return downloadUrl(service, asked)
  const done = await exportDays(service, { ...asked, runId, scratch: tmpdir(), signal })
  logger.info(`the export ended: ${done.outcome}`, { ...done })
  return done
})
