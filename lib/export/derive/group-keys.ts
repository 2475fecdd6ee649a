import type { ByteDictionary, LeafColumn } from '../../shred/batch.ts'
import type { BatchValues, Scalar } from './batch-values.ts'
import type { KeyPlan } from './group-plan.ts'
import { PairTable } from './pair-table.ts'
import { textOfEntry } from './row-objects.ts'
import { timeCut } from './time-cut.ts'

/** Numbers the groups from 0 in the order in which rows bring them. Memory: per group its keys. */
export class GroupKeys {
  private readonly keys: readonly KeyCodes[]
  /** Pairs of a number for the keys before and a code of the next one. */
  private readonly pairs: readonly PairTable[]
  private numbers = new Uint32Array(0)

  constructor(plans: readonly KeyPlan[]) {
    this.keys = plans.map((plan) => new KeyCodes(plan))
    this.pairs = plans.slice(1).map(() => new PairTable())
  }

  get count(): number {
    if (this.keys.length === 0) return 1
    return this.pairs.at(-1)?.count ?? this.keys[0]!.count
  }

  /** Per row of the batch its group; good until the next batch. */
  number(values: BatchValues): Uint32Array {
    const { rows } = values.batch!
    if (this.numbers.length < rows) this.numbers = new Uint32Array(rows)
    const numbers = this.numbers
    const [first, ...others] = this.keys
    if (first === undefined) return numbers.fill(0)
    numbers.set(first.number(values))
    for (const [i, key] of others.entries()) {
      const codes = key.number(values)
      const pairs = this.pairs[i]!
      for (let row = 0; row < rows; row++) numbers[row] = pairs.numberOf(numbers[row]!, codes[row]!)
    }
    return numbers
  }

  /** The keys of a group, in their order. */
  keysOf(group: number): Scalar[] {
    const keys: Scalar[] = []
    let number = group
    for (let i = this.pairs.length - 1; i >= 0; i--) {
      keys.unshift(this.keys[i + 1]!.value(this.pairs[i]!.second(number)))
      number = this.pairs[i]!.first(number)
    }
    if (this.keys.length > 0) keys.unshift(this.keys[0]!.value(number))
    return keys
  }
}

const UNKNOWN = -1

/** The values of one column, numbered from 0 in order of first use; null is one of them. */
export class KeyCodes {
  private readonly values: Scalar[] = []
  private readonly codes = new Map<Scalar, number>()
  private readonly plan: Pick<KeyPlan, 'node' | 'cut'>
  private readonly cut: ((micros: number | bigint) => number | bigint) | undefined
  private numbers = new Uint32Array(0)
  private dictionary: ByteDictionary | undefined
  private entries = new Int32Array(0)

  constructor(plan: Pick<KeyPlan, 'node' | 'cut'>) {
    this.plan = plan
    this.cut = plan.cut && timeCut(plan.cut)
  }

  get count(): number {
    return this.values.length
  }

  value(code: number): Scalar {
    return this.values[code]!
  }

  /** Per row of the batch its value's number; good until the next batch. */
  number(values: BatchValues): Uint32Array {
    const { rows } = values.batch!
    if (this.numbers.length < rows) this.numbers = new Uint32Array(rows)
    const { node } = this.plan
    if (this.cut !== undefined) this.numberAll(values.momentsOf(node), this.cut)
    else if (node.kind === 'string' || node.kind === 'json') this.numberTexts(values.leaf(node), rows)
    else this.numberAll(values.of(node), undefined)
    return this.numbers.subarray(0, rows)
  }

  codeOf(value: Scalar): number {
    const known = this.codes.get(value)
    if (known !== undefined) return known
    const code = this.values.length
    this.codes.set(value, code)
    // A map takes -0 for 0, so both are 0.
    this.values.push(value === 0 ? 0 : value)
    return code
  }

  private numberAll(values: readonly Scalar[], cut: typeof this.cut): void {
    let last: Scalar | undefined
    let code = UNKNOWN
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!
      const key = cut === undefined || value === null ? value : cut(value as number | bigint)
      if (key !== last) {
        last = key
        code = this.codeOf(key)
      }
      this.numbers[row] = code
    }
  }

  /** A text is looked at once per dictionary, and batches of one chunk share a dictionary. */
  private numberTexts({ definition, values }: LeafColumn, rows: number): void {
    if (values.physical !== 'BYTE_ARRAY') throw new TypeError('a column of texts has others')
    const { dictionary, ids } = values
    if (dictionary !== this.dictionary) {
      this.dictionary = dictionary
      this.entries = new Int32Array(dictionary.count).fill(UNKNOWN)
    }
    const { entries, numbers } = this
    const max = this.plan.node.definition
    let at = 0
    for (let row = 0; row < rows; row++) {
      if (definition[row] !== max) {
        numbers[row] = this.codeOf(null)
        continue
      }
      const id = ids[at++]!
      if (entries[id] === UNKNOWN) entries[id] = this.codeOf(textOfEntry(dictionary, id))
      numbers[row] = entries[id]!
    }
  }
}
