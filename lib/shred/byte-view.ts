/** Bytes, and the same bytes four at a time: one load instead of four, at any offset. */
export interface ByteView {
  readonly bytes: Uint8Array
  readonly view: DataView
}

export function byteView(bytes: Uint8Array): ByteView {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

/** The bytes of [start, end) as text. They must be UTF-8. */
export function textOf({ bytes }: Pick<ByteView, 'bytes'>, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
