import type { ReadLeaf } from '../../parquet/read-tree.ts'
import { formatPath, parsePath } from '../../path-pattern.ts'
import type { TimeForm } from '../../time/time-form.ts'
import type { FormatOptions } from '../format-options.ts'
import { ArraySplitter } from './array-splitter.ts'
import type { ExtraMember } from './extra-members.ts'
import { readLines } from './lines.ts'
import type { RowTexts } from './row-texts.ts'

/**
 * The entries of the arrays, each on a line of its own.
 * @throws DaysealError `corrupt` for lines that are no arrays of objects
 */
export async function* readDatadog(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RowTexts> {
  for await (const { bytes: block, bounds } of readLines(bytes)) {
    for (let i = 0; i < bounds.length; i += 2) {
      const body = new ArraySplitter()
      yield body.push(block.subarray(bounds[i]!, bounds[i + 1]! + 1))
      body.finish()
    }
  }
}

/** What an entry has before its columns. */
export function datadogMembers(
  { source, tags, hostname, service, message, time, timeForm }: FormatOptions<'datadog'>,
  leaves: readonly ReadLeaf[],
): ExtraMember[] {
  const texts = { ddsource: source, ddtags: tags.join(',') || undefined, hostname, service }
  const fixed = Object.entries(texts).flatMap(([name, text]): ExtraMember[] =>
    text === undefined ? [] : [{ name, type: 'string', text }],
  )
  const times = memberOf('timestamp', time, leaves).map((member) => timeMember(member, timeForm))
  return [...fixed, ...memberOf('message', message, leaves), ...times]
}

/** Earlier versions wrote the column's text once more: any JSON that means the same time will do. */
function timeMember(member: ExtraMember, form: TimeForm): ExtraMember {
  if (member.type === 'timestamp' || 'text' in member) return member
  return { ...member, type: 'json', form }
}

/** A column that is there a second time, under the name that Datadog knows; not where the column has it already. */
function memberOf(name: string, path: string | undefined, leaves: readonly ReadLeaf[]): ExtraMember[] {
  if (path === undefined) return []
  const wanted = formatPath(parsePath(path))
  if (wanted === name) return []
  const leaf = leaves.findIndex(({ steps }) => formatPath(steps) === wanted)
  return leaf < 0 ? [] : [{ name, type: leaves[leaf]!.kind, leaf, maxDefinition: leaves[leaf]!.maxDefinition }]
}
