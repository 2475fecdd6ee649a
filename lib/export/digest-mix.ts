/*
 * The hash under the digest: a permutation of 128 bits as four lanes of 32, which JavaScript multiplies fast. Every bit of
 * what goes in flips each bit of what comes out with a probability of a half. It is no cryptographic hash.
 */

/** Steps of a path, kinds of values and rows: equal bytes of two tags have different hashes. */
export const TAGS = {
  name: 1,
  index: 2,
  key: 3,
  row: 4,
  length: 5,
  entry: 6,
  bool: 7,
  int64: 8,
  double: 9,
  timestamp: 10,
  string: 11,
  json: 12,
} as const

/** What the latest `mix` gave. */
export const mixed = new Int32Array(4)

export function mix(lane0: number, lane1: number, lane2: number, lane3: number): void {
  let a = (lane0 + 0x243f6a88) | 0
  let b = (lane1 + 0x85a308d3) | 0
  let c = (lane2 + 0x13198a2e) | 0
  let d = (lane3 + 0x03707344) | 0
  for (let round = 0; round < 3; round++) {
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b)
    b = Math.imul(b ^ (b >>> 15), 0xc2b2ae35) ^ a
    c = Math.imul(c ^ (c >>> 14), 0x27d4eb2f)
    d = Math.imul(d ^ (d >>> 17), 0x165667b1) ^ c
    a = (a + d) | 0
    c = (c + b) | 0
  }
  mixed[0] = a ^ (a >>> 16)
  mixed[1] = b ^ (b >>> 16)
  mixed[2] = c ^ (c >>> 16)
  mixed[3] = d ^ (d >>> 16)
}

/** Puts what the latest `mix` gave into the four lanes from `at` on. */
export function storeMixed(lanes: Int32Array, at: number): void {
  lanes[at] = mixed[0]!
  lanes[at + 1] = mixed[1]!
  lanes[at + 2] = mixed[2]!
  lanes[at + 3] = mixed[3]!
}

export function addMixed(lanes: Int32Array, at: number): void {
  lanes[at] = lanes[at]! + mixed[0]!
  lanes[at + 1] = lanes[at + 1]! + mixed[1]!
  lanes[at + 2] = lanes[at + 2]! + mixed[2]!
  lanes[at + 3] = lanes[at + 3]! + mixed[3]!
}

/** As `mix`, of the bytes `start … end` with their tag. */
export function mixBytes(tag: number, view: DataView, start: number, end: number): void {
  mixed[0] = end - start
  mixed[1] = 0
  mixed[2] = tag
  mixed[3] = 0
  let at = start
  for (; at + 16 <= end; at += 16) {
    mix(
      mixed[0]! + view.getInt32(at, true),
      mixed[1]! + view.getInt32(at + 4, true),
      mixed[2]! + view.getInt32(at + 8, true),
      mixed[3]! + view.getInt32(at + 12, true),
    )
  }
  if (at === end) return
  mix(
    mixed[0]! + wordAt(view, at, end),
    mixed[1]! + wordAt(view, at + 4, end),
    mixed[2]! + wordAt(view, at + 8, end),
    mixed[3]! + wordAt(view, at + 12, end),
  )
}

/** Four bytes, little-endian; zeros from `end` on. */
function wordAt(view: DataView, at: number, end: number): number {
  if (at + 4 <= end) return view.getInt32(at, true)
  let word = 0
  for (let i = at; i < end; i++) word |= view.getUint8(i) << ((i - at) * 8)
  return word
}
