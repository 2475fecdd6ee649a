import type { Schema, Type } from '../../lib/shred/type.ts'
import type { Row, Value } from '../parquet/reference-shred.ts'

/* The digest as its definition in lib/export/digest.ts has it, cell by cell. It shares no code with lib/. */

type Lanes = readonly [bigint, bigint, bigint, bigint]

const ZERO: Lanes = [0n, 0n, 0n, 0n]
const MASK = 2n ** 32n - 1n
const TAGS = {
  ...{ name: 1n, index: 2n, key: 3n, row: 4n, length: 5n, entry: 6n },
  ...{ bool: 7n, int64: 8n, double: 9n, timestamp: 10n, string: 11n, json: 12n },
} as const

export function modelDigest(schema: Schema, rows: readonly Row[]): string {
  const hashes = rows.map((row) =>
    mix(add(sum(cellsOf({ kind: 'struct', fields: schema }, row, ZERO)), number(TAGS.row, 0n, 0n))),
  )
  return sum(hashes)
    .map((lane) => lane.toString(16).padStart(8, '0'))
    .join('')
}

function cellsOf(type: Type, value: Value, path: Lanes): Lanes[] {
  if (value === null || value === undefined) return []
  const step = (encoded: Lanes) => mix(add(path, encoded))
  switch (type.kind) {
    case 'null':
      throw new Error('no such column')
    case 'struct':
      return type.fields.flatMap((field) =>
        cellsOf(field.type, (value as Row)[field.key], step(text(TAGS.name, field.name))),
      )
    case 'list': {
      const items = value as readonly Value[]
      const below = items.map((item, i) => cellsOf(type.element, item, step(number(TAGS.index, BigInt(i), 0n))))
      return [step(number(TAGS.length, BigInt(items.length), 0n)), ...below.flat()]
    }
    case 'map': {
      const entries = [...(value as ReadonlyMap<string, Value>)]
      const below = entries.flatMap(([key, item]) => {
        const inside = step(text(TAGS.key, key))
        return [mix(add(inside, number(TAGS.entry, 0n, 0n))), ...cellsOf(type.value, item, inside)]
      })
      return [step(number(TAGS.length, BigInt(entries.length), 0n)), ...below]
    }
    case 'string':
    case 'json':
      return [step(text(TAGS[type.kind], value as string))]
    default: {
      const bits = bitsOf(value as boolean | bigint | number)
      return [step(number(TAGS[type.kind], bits & MASK, bits >> 32n))]
    }
  }
}

function bitsOf(value: boolean | bigint | number): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'bigint') return BigInt.asUintN(64, value)
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0)
}

function number(tag: bigint, low: bigint, high: bigint): Lanes {
  return [low, high, tag, 0n]
}

function text(tag: bigint, value: string): Lanes {
  const bytes = Buffer.from(value, 'utf8')
  const blocks = Math.ceil(bytes.length / 16)
  const padded = Buffer.concat([bytes], blocks * 16)
  let state: Lanes = [BigInt(bytes.length), 0n, tag, 0n]
  for (let at = 0; at < padded.length; at += 16) {
    const word = (i: number) => BigInt(padded.readUInt32LE(at + i * 4))
    state = mix(add(state, [word(0), word(1), word(2), word(3)]))
  }
  return state
}

function mix(lanes: Lanes): Lanes {
  let [a, b, c, d] = add(lanes, [0x243f6a88n, 0x85a308d3n, 0x13198a2en, 0x03707344n])
  const times = (lane: bigint, shift: bigint, factor: bigint) => ((lane ^ (lane >> shift)) * factor) & MASK
  for (let round = 0; round < 3; round++) {
    a = times(a, 16n, 0x85ebca6bn)
    b = times(b, 15n, 0xc2b2ae35n) ^ a
    c = times(c, 14n, 0x27d4eb2fn)
    d = times(d, 17n, 0x165667b1n) ^ c
    a = (a + d) & MASK
    c = (c + b) & MASK
  }
  return [a ^ (a >> 16n), b ^ (b >> 16n), c ^ (c >> 16n), d ^ (d >> 16n)]
}

function add(a: Lanes, b: Lanes): Lanes {
  return [(a[0] + b[0]) & MASK, (a[1] + b[1]) & MASK, (a[2] + b[2]) & MASK, (a[3] + b[3]) & MASK]
}

function sum(all: readonly Lanes[]): Lanes {
  return all.reduce(add, ZERO)
}
