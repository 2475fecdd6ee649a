/** Objects that are being read at the same time, the one whose turn it is included. */
const AT_ONCE = 8
/** What is held of each object before its turn comes. */
const HELD_BYTES = 2 ** 20

/** An object whose reading may have begun before its turn came. */
export interface OpenSource {
  /** Its bytes, once. A chunk is good until the next one is asked for; an error comes where it would have come. */
  readonly blocks: AsyncIterable<Uint8Array>
}

/**
 * The sources one after another, in their order, while the blocks of the next ones are read already: of many small objects
 * most of the time is waiting for the store. `open` begins nothing before its blocks are asked for.
 *
 * Memory: 1 MiB of blocks, and one more, of each of eight objects.
 */
export async function* readAhead<S, T extends OpenSource>(
  sources: readonly S[],
  open: (source: S) => T,
): AsyncGenerator<T, void, void> {
  const begun: { readonly opened: T; readonly stream: BegunStream }[] = []
  const queue = sources.values()
  const beginNext = () => {
    const { done, value } = queue.next()
    if (done) return
    const opened = open(value)
    begun.push({ opened, stream: begin(opened.blocks) })
  }
  try {
    while (begun.length < Math.min(AT_ONCE, sources.length)) beginNext()
    for (let first = begun[0]; first !== undefined; first = begun[0]) {
      yield { ...first.opened, blocks: first.stream.chunks }
      await begun.shift()?.stream.close()
      beginNext()
    }
  } finally {
    // The first fault is the one to report.
    await Promise.allSettled(begun.map(({ stream }) => stream.close()))
  }
}

interface BegunStream {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Stops the stream wherever it is, and waits until it has stopped. */
  close(): Promise<void>
}

/** Pulls the stream at once, until it has given HELD_BYTES or its reader has come, who goes on. */
function begin(stream: AsyncIterable<Uint8Array>): BegunStream {
  const iterator = stream[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let isWanted = false
  const pull = async (): Promise<'there is more' | 'ended'> => {
    for (let bytes = 0; bytes < HELD_BYTES && !isWanted; ) {
      const { done, value } = await iterator.next()
      if (done) return 'ended'
      held.push(Uint8Array.from(value))
      bytes += value.length
    }
    return 'there is more'
  }
  const pulled = pull()
  // Whoever reads gets the error; until then nobody has to.
  pulled.catch(() => undefined)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    isWanted = true
    await Promise.allSettled([pulled])
    for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield chunk
    if ((await pulled) === 'ended') return
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
  return {
    chunks: chunks(),
    async close() {
      isWanted = true
      await Promise.allSettled([pulled])
      await iterator.return?.()
    },
  }
}
