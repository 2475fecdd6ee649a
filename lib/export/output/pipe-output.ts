import type { OutputFile } from '../format.ts'

/** An output that can also be given up. */
export interface Stage extends OutputFile {
  /** Gives back what it holds, and gives up what is behind it. */
  abort(reason: unknown): Promise<void>
}

/** Bytes in, other bytes out, to the end. */
export type Transformation = (input: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/**
 * A stage whose bytes go through a transformation before they reach `next`. Memory: what the transformation holds, and one
 * copied write. A fault of either is thrown by the write or the close that meets it first.
 */
export function pipeOutput(next: Stage, transform: Transformation): Stage {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const done = pump(transform(readable), next)
  // A write that waits is woken, and throws the error below.
  done.catch((error: unknown) => writer.abort(error).catch(() => undefined))
  const step = async (act: () => Promise<void>) => {
    try {
      await act()
    } catch (error) {
      await done
      throw error
    }
  }
  return {
    write: (bytes) => step(() => writer.write(new Uint8Array(bytes))),
    close: async () => {
      await step(() => writer.close())
      await done
      await next.close()
    },
    abort: async (reason) => {
      await Promise.allSettled([writer.abort(reason), done])
      await next.abort(reason)
    },
  }
}

async function pump(from: AsyncIterable<Uint8Array>, to: OutputFile): Promise<void> {
  for await (const bytes of from) await to.write(bytes)
}
