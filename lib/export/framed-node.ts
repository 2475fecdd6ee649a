import type { ColumnNode } from '../parquet/read-tree.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import type { LeafCursor } from './leaf-cursor.ts'
import type { ScalarText } from './scalar-text.ts'

/** A node of the columns' tree with the text around its values. All have one form, for speed. */
export interface FramedNode {
  readonly kind: 'scalar' | 'struct' | 'list' | 'map'
  readonly scalar: ScalarText | undefined
  /** The fields of a struct, the element of a list, the key and value of a map. */
  readonly children: readonly FramedNode[]
  readonly leaves: readonly LeafCursor[]
  readonly definition: number
  readonly repetition: number
  /** In the place of a null. */
  readonly absent: Uint8Array
  /** In the place of a list or map without entries. */
  readonly empty: Uint8Array
  readonly open: Uint8Array
  /** Between two entries of a list or map. */
  readonly between: Uint8Array
  readonly close: Uint8Array
}

/** What a format writes around the values of a struct, list or map. */
export type Frame = Pick<FramedNode, 'absent' | 'empty' | 'open' | 'between' | 'close'>

const NOTHING = Buffer.alloc(0)

type GroupNode = Extract<ColumnNode, { readonly kind: 'struct' | 'list' | 'map' }>

export function framedGroup(node: GroupNode, children: readonly FramedNode[], frame: Frame): FramedNode {
  const { kind, definition, repetition } = node
  const leaves = children.flatMap((child) => child.leaves)
  return { kind, scalar: undefined, children, leaves, definition, repetition, ...frame }
}

export function framedScalar(scalar: ScalarText): FramedNode {
  const { definition, repetition } = scalar.node
  const none = { absent: NOTHING, empty: NOTHING, open: NOTHING, between: NOTHING, close: NOTHING }
  return { kind: 'scalar', scalar, children: [], leaves: [scalar.cursor], definition, repetition, ...none }
}

export function scalarsOf({ scalar, children }: FramedNode): readonly ScalarText[] {
  return scalar === undefined ? children.flatMap(scalarsOf) : [scalar]
}

/** Writes the value at hand, and goes on to the next. */
export function writeFramed(out: ByteBuffer, node: FramedNode): void {
  if (node.scalar !== undefined) return node.scalar.write(out)
  const first = node.leaves[0]
  const level = node.definition === 0 ? 0 : first!.definition[first!.entry]!
  if (level < node.definition) return writeNothing(out, node, node.absent)
  if (node.kind !== 'struct' && level === node.definition) return writeNothing(out, node, node.empty)
  out.append(node.open)
  writeChildren(out, node)
  if (node.kind !== 'struct') {
    // Entries follow while the first leaf repeats at the node's own depth.
    while (first!.repeats === node.repetition + 1) {
      out.append(node.between)
      writeChildren(out, node)
    }
  }
  out.append(node.close)
}

function writeChildren(out: ByteBuffer, { children }: FramedNode): void {
  for (let i = 0; i < children.length; i++) writeFramed(out, children[i]!)
}

/** A null, or an empty list or map: one entry in each leaf. */
function writeNothing(out: ByteBuffer, { leaves }: FramedNode, text: Uint8Array): void {
  for (let i = 0; i < leaves.length; i++) leaves[i]!.entry++
  out.append(text)
}
