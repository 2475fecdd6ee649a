import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import { identifier } from '../peers/duckdb-sql.ts'

/** DuckDB reads such texts from JSON as what they look like. */
const READ_FROM_TEXT: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.UUID,
])

export type ColumnTypes = ReadonlyMap<string, DuckDBType>

/**
 * The type, as SQL, in which values of a column are compared: that of our file, but for texts that DuckDB took for
 * timestamps and the like, which are those on both sides. Fields that only they have are left out.
 */
export function commonType(ours: DuckDBType, theirs: DuckDBType): string {
  if (ours.typeId === DuckDBTypeId.VARCHAR && READ_FROM_TEXT.has(theirs.typeId)) return theirs.toString()
  if (ours.typeId === DuckDBTypeId.LIST && theirs.typeId === DuckDBTypeId.LIST) {
    return `${commonType(ours.valueType, theirs.valueType)}[]`
  }
  if (ours.typeId === DuckDBTypeId.MAP && theirs.typeId === DuckDBTypeId.MAP) {
    return `MAP(${ours.keyType}, ${commonType(ours.valueType, theirs.valueType)})`
  }
  if (ours.typeId === DuckDBTypeId.STRUCT && theirs.typeId === DuckDBTypeId.STRUCT) {
    const fields = fieldTypes(theirs)
    const common = [...fieldTypes(ours)].map(
      ([name, type]) => `${identifier(name)} ${commonType(type, fields.get(name) ?? type)}`,
    )
    return `STRUCT(${common.join(', ')})`
  }
  return ours.toString()
}

/** The paths of columns and fields that only they have; not looked for inside lists and maps. */
export function extraPaths(ours: ColumnTypes, theirs: ColumnTypes): string[][] {
  return [...theirs].flatMap(([name, type]) => {
    const known = ours.get(name)
    if (known === undefined) return [[name]]
    if (known.typeId !== DuckDBTypeId.STRUCT || type.typeId !== DuckDBTypeId.STRUCT) return []
    return extraPaths(fieldTypes(known), fieldTypes(type)).map((path) => [name, ...path])
  })
}

function fieldTypes(struct: Extract<DuckDBType, { typeId: DuckDBTypeId.STRUCT }>): ColumnTypes {
  return new Map(struct.entryNames.map((name, i) => [name, struct.entryTypes[i]!]))
}
