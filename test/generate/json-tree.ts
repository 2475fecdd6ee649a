/*
 * JSON as it is written: every number keeps its text, every object its members in order, duplicates too. Tests compare
 * with these trees, so that nothing depends on what JSON.parse makes of a number or a key.
 */

export type Tree =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | StringTree
  | { readonly kind: 'array'; readonly items: readonly Tree[] }
  | ObjectTree

/** What a string means, and one of its many spellings. */
export interface StringTree {
  readonly kind: 'string'
  readonly value: string
  readonly text: string
}

export interface ObjectTree {
  readonly kind: 'object'
  readonly members: readonly Member[]
}

export interface Member {
  readonly key: StringTree
  readonly value: Tree
}

/** A tree with the exact text of each value. */
export type Written =
  | { readonly kind: 'null'; readonly text: string }
  | { readonly kind: 'bool'; readonly value: boolean; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | StringTree
  | { readonly kind: 'array'; readonly items: readonly Written[]; readonly text: string }
  | WrittenObject

export interface WrittenObject {
  readonly kind: 'object'
  /** Every key once, with its last value: what the text means. */
  readonly members: ReadonlyMap<string, Written>
  readonly text: string
}

/** Writes a row, with the pads (white space) between its tokens, one after another and again from the first. */
export function writeRow(row: ObjectTree, pads: readonly string[]): WrittenObject {
  let next = 0
  const pad = () => (pads.length === 0 ? '' : pads[next++ % pads.length]!)
  return writeObject(row, pad)
}

function write(tree: Tree, pad: () => string): Written {
  switch (tree.kind) {
    case 'null':
      return { kind: 'null', text: 'null' }
    case 'bool':
      return { ...tree, text: String(tree.value) }
    case 'array': {
      const items: Written[] = []
      let text = `[${pad()}`
      for (const [i, item] of tree.items.entries()) {
        const written = write(item, pad)
        items.push(written)
        text += `${i === 0 ? '' : `,${pad()}`}${written.text}${pad()}`
      }
      return { kind: 'array', items, text: `${text}]` }
    }
    case 'object':
      return writeObject(tree, pad)
    default:
      return tree
  }
}

function writeObject(tree: ObjectTree, pad: () => string): WrittenObject {
  const members = new Map<string, Written>()
  let text = `{${pad()}`
  for (const [i, { key, value }] of tree.members.entries()) {
    const written = write(value, pad)
    members.delete(key.value)
    members.set(key.value, written)
    text += `${i === 0 ? '' : `,${pad()}`}${key.text}${pad()}:${pad()}${written.text}${pad()}`
  }
  return { kind: 'object', members, text: `${text}}` }
}
