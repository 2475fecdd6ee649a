const LONG: u32 = 64

/** Copies `length` bytes, and up to 16 more that do not count. Returns where they end. */
@inline
export function copy(to: usize, from: usize, length: u32): usize {
  if (length > LONG) memory.copy(to, from, length)
  else for (let i: u32 = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i))
  return to + length
}
