import { DaysealError } from '../../errors.ts'

/**
 * What was encrypted with `encrypt.ts`. Memory: a chunk of 64 KiB.
 * @throws DaysealError `usage` for what is no identity, or opens none of the file's recipients
 */
export async function* decrypted(input: AsyncIterable<Uint8Array>, identity: string): AsyncGenerator<Uint8Array> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  const open = async () => {
    decrypter.addIdentity(identity)
    return decrypter.decrypt(ReadableStream.from(input) as ReadableStream<Uint8Array>)
  }
  let plain: AsyncIterable<Uint8Array>
  try {
    plain = await open()
  } catch (cause) {
    if (cause instanceof DaysealError) throw cause
    // The message may hold the identity.
    throw new DaysealError('usage', 'the identity does not open the encrypted file', {
      wanted: 'the age identity (AGE-SECRET-KEY-1…) of one of its recipients',
    })
  }
  yield* plain
}

/** The identity in an age key file: its first line that is no comment. Throws `usage`. */
export function identityIn(keyFile: string, path: string): string {
  const line = keyFile.split(/\r?\n/).find((text) => text.trim() !== '' && !text.startsWith('#'))
  if (line?.startsWith('AGE-SECRET-KEY-') === true) return line.trim()
  throw new DaysealError('usage', `${path} is no age key file`, { wanted: 'a line AGE-SECRET-KEY-1…' })
}
