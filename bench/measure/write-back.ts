import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Waits until the system has written all files to their disks, which it would otherwise begin half a minute later. */
export async function writeBack(): Promise<void> {
  await promisify(execFile)('sync')
}
