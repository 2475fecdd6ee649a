/** A slot without a pair. */
const FREE = 0

/**
 * Pairs of whole numbers below 2^32, numbered from 0 in order of first use. Memory: 16 to 28 bytes per pair, and twice that while
 * it grows.
 */
export class PairTable {
  count = 0
  private firsts = new Uint32Array(16)
  private seconds = new Uint32Array(16)
  /** Per slot the number of a pair plus 1. */
  private slots = new Uint32Array(64)

  /** The pair's number, which is `count` of before where it is new. */
  numberOf(first: number, second: number): number {
    let slot = this.slotOf(first, second)
    for (let pair = this.slots[slot]!; pair !== FREE; pair = this.slots[slot]!) {
      if (this.firsts[pair - 1] === first && this.seconds[pair - 1] === second) return pair - 1
      slot = (slot + 1) & (this.slots.length - 1)
    }
    return this.add(first, second, slot)
  }

  first(pair: number): number {
    return this.firsts[pair]!
  }

  second(pair: number): number {
    return this.seconds[pair]!
  }

  private add(first: number, second: number, slot: number): number {
    const pair = this.count++
    if (pair === this.firsts.length) {
      this.firsts = grown(this.firsts)
      this.seconds = grown(this.seconds)
    }
    this.firsts[pair] = first
    this.seconds[pair] = second
    this.slots[slot] = pair + 1
    if (this.count * 2 > this.slots.length) this.rehash()
    return pair
  }

  private rehash(): void {
    const slots = new Uint32Array(this.slots.length * 2)
    this.slots = slots
    for (let pair = 0; pair < this.count; pair++) {
      let slot = this.slotOf(this.firsts[pair]!, this.seconds[pair]!)
      while (slots[slot] !== FREE) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = pair + 1
    }
  }

  private slotOf(first: number, second: number): number {
    const hash = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b)
    return (hash ^ (hash >>> 15)) & (this.slots.length - 1)
  }
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(array.length * 2)
  longer.set(array)
  return longer
}
