import type { LeafColumn, LeafValues } from './batch.ts'

/** A copy of what is in use, for arrays that belong to somebody else. */
export function ownedColumn({ entries, definition, repetition, values }: LeafColumn): LeafColumn {
  return {
    entries,
    definition: definition.slice(0, entries),
    repetition: repetition?.slice(0, entries),
    values: ownedValues(values),
  }
}

function ownedValues(values: LeafValues): LeafValues {
  const { count } = values
  switch (values.physical) {
    case 'BOOLEAN':
      return { ...values, values: values.values.slice(0, count) }
    case 'INT64':
      return { ...values, values: values.values.slice(0, count) }
    case 'DOUBLE':
      return { ...values, values: values.values.slice(0, count) }
    case 'BYTE_ARRAY': {
      const { dictionary } = values
      const offsets = dictionary.offsets.slice(0, dictionary.count + 1)
      const bytes = dictionary.bytes.slice(0, offsets[dictionary.count])
      return { ...values, ids: values.ids.slice(0, count), dictionary: { ...dictionary, bytes, offsets } }
    }
  }
}
