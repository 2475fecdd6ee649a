import { DaysealError } from '../../errors.ts'
import { nearestName } from '../../nearest-name.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import { formatPath, type PathStep, parsePath } from '../../path-pattern.ts'

/**
 * The columns that a dotted path names: at least one, several where a `*` stands for the fields of a struct. The values of
 * a map are `*`, the elements of a list `[]`.
 * @throws DaysealError `usage` for a path that cannot be read, or that names no column
 */
export function findColumns(root: RootNode, path: string, option: string): readonly ColumnNode[] {
  const found = columnsAt(root, path)
  if (found.length > 0) return found
  throw noSuchColumn(root, path, option)
}

/** @param more what else may help */
export function noSuchColumn(root: RootNode, path: string, option: string, more?: string): DaysealError {
  const known = pathsUnder(root, [])
  const nearest = known.find((other) => bare(other) === bare(path)) ?? nearestName(path, known)
  const hints = [...(nearest === undefined ? [] : [`did you mean ${nearest}?`]), ...(more === undefined ? [] : [more])]
  return new DaysealError('usage', `${option}: there is no column ${path}`, {
    seen: path,
    wanted: `one of ${known.slice(0, 12).join(', ')}${known.length > 12 ? `, … (${known.length} paths)` : ''}`,
    ...(hints.length > 0 && { hint: hints.join(' ') }),
  })
}

/** A path without its steps into lists and maps, which are what is mostly forgotten. */
function bare(path: string): string {
  return path.replaceAll(/\[\]|\.\*/g, '')
}

/** The one column that a path names. @throws DaysealError `usage` also where it names several */
export function findColumn(root: RootNode, path: string, option: string): ColumnNode {
  const [found, ...others] = findColumns(root, path, option)
  if (others.length === 0) return found!
  throw new DaysealError('usage', `${option}: ${path} names ${others.length + 1} columns`, {
    seen: path,
    wanted: 'the path of one column',
  })
}

/** As `findColumns`, where a path without a column has none. */
export function columnsAt(root: RootNode, path: string): readonly ColumnNode[] {
  return nodesAt(root, parsePath(path))
}

function nodesAt(node: ColumnNode, [step, ...rest]: readonly PathStep[]): readonly ColumnNode[] {
  return step === undefined ? [node] : inside(node, step).flatMap((child) => nodesAt(child, rest))
}

function inside(node: ColumnNode, step: PathStep): readonly ColumnNode[] {
  if (node.kind === 'list') return step.kind === 'element' ? [node.element] : []
  if (node.kind === 'map') return step.kind === 'any' ? [node.value] : []
  if (node.kind !== 'struct' || step.kind === 'element') return []
  return step.kind === 'any' ? node.fields : node.fields.filter(({ name }) => name === step.name)
}

function pathsUnder(node: ColumnNode, steps: readonly PathStep[]): string[] {
  const own = steps.length === 0 ? [] : [formatPath(steps)]
  switch (node.kind) {
    case 'struct':
      return [
        ...own,
        ...node.fields.flatMap((field) => pathsUnder(field, [...steps, { kind: 'name', name: field.name }])),
      ]
    case 'list':
      return [...own, ...pathsUnder(node.element, [...steps, { kind: 'element' }])]
    case 'map':
      return [...own, ...pathsUnder(node.value, [...steps, { kind: 'any' }])]
    default:
      return own
  }
}
