import { DaysealError } from '../../errors.ts'
import type { Transformation } from './pipe-output.ts'

/**
 * Encrypts to age recipients (age-encryption.org/v1; `age -d -i KEYFILE` opens it). Memory: a chunk of 64 KiB.
 * @throws DaysealError `usage` for what is no recipient.
 */
export async function encryption(recipients: readonly string[]): Promise<Transformation> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      throw new DaysealError('usage', 'an age recipient cannot be used', { seen: recipient, wanted: 'age1…', cause })
    }
  }
  return async function* (input) {
    yield* await encrypter.encrypt(ReadableStream.from(input) as ReadableStream<Uint8Array>)
  }
}
