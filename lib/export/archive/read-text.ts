import { DaysealError } from '../../errors.ts'
import type { ZipMember } from '../../zip/open-zip.ts'

/**
 * A small file of a zip, which must be UTF-8.
 * @throws DaysealError `corrupt`
 */
export async function readText({ path, bytes, read }: ZipMember, maxBytes: number): Promise<string> {
  if (bytes > maxBytes) throw unreadable(path, `${bytes} bytes`, `at most ${maxBytes}`)
  const chunks: Uint8Array[] = []
  for await (const chunk of read()) chunks.push(chunk)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw unreadable(path, 'other bytes', 'UTF-8', cause)
  }
}

function unreadable(path: string, seen: string, wanted: string, cause?: unknown): DaysealError {
  return new DaysealError('corrupt', `${path} cannot be read`, { seen, wanted, cause })
}
