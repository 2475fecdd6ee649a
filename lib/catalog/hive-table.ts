import { isDate } from '../archive/guards.ts'
import { DaysealError } from '../errors.ts'
import { printableJson } from '../printable.ts'
import type { FieldJson } from '../shred/schema-json.ts'
import { schemeOf } from '../store/location.ts'
import { type HiveColumn, hiveColumns, type LeftOut } from './hive-columns.ts'

/** The partition's column: the UTC day, as text `YYYY-MM-DD`. */
export const PARTITION = 'date_utc'

/** How Athena reads a dataset's sealed days, with no crawler and no partitions to add. */
export interface HiveTable {
  readonly name: string
  readonly columns: readonly HiveColumn[]
  readonly leftOut: readonly LeftOut[]
  /** With a slash at the end. */
  readonly location: string
  readonly inputFormat: string
  readonly outputFormat: string
  readonly serde: string
  /** TBLPROPERTIES. */
  readonly properties: Readonly<Record<string, string>>
}

export interface HiveTableOptions {
  readonly dataset: string
  /** The dataset's output, `s3://bucket/prefix`. */
  readonly out: string
  readonly schema: readonly FieldJson[]
  /** The first day to look for, `YYYY-MM-DD`. */
  readonly firstDay: string
}

/**
 * The table over a dataset's `daily/`. Athena reads every file of a partition's folder but those whose names begin with
 * `_` or `.`, and would take `manifest.json` for Parquet. So a partition's folder is `daily/DATE/athena/`, in which
 * `symlink.txt` names the data of the newest generation, as S3 Inventory's own tables do
 * (docs.aws.amazon.com/AmazonS3, "Querying Amazon S3 Inventory with Athena"). A day without that file has no rows.
 * @throws DaysealError `usage` for an output that is not in S3, a first day that is no day, or no column that can be declared
 */
export function hiveTable({ dataset, out, schema, firstDay }: HiveTableOptions): HiveTable {
  if (schemeOf(out) !== 's3') {
    throw new DaysealError('usage', 'Athena reads S3 alone', { seen: out, wanted: 'an output s3://bucket/prefix' })
  }
  if (!isDate(firstDay)) throw new DaysealError('usage', 'not a day', { seen: firstDay, wanted: 'YYYY-MM-DD' })
  const declared = hiveColumns(schema, PARTITION)
  if (declared.columns.length === 0) {
    throw new DaysealError('usage', `Athena can have no table of ${dataset}`, {
      seen: schema.length === 0 ? 'no columns' : 'no column with a name that it takes',
      wanted: 'a column with a name of letters, digits and _',
    })
  }
  const location = `${out.replace(/\/+$/, '')}/daily/`
  return {
    name: dataset.toLowerCase().replaceAll('-', '_'),
    ...declared,
    location,
    inputFormat: 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    properties: {
      'projection.enabled': 'true',
      [`projection.${PARTITION}.type`]: 'date',
      [`projection.${PARTITION}.format`]: 'yyyy-MM-dd',
      [`projection.${PARTITION}.range`]: `${firstDay},NOW`,
      [`projection.${PARTITION}.interval`]: '1',
      [`projection.${PARTITION}.interval.unit`]: 'DAYS',
      'storage.location.template': `${location}\${${PARTITION}}/athena/`,
    },
  }
}

/** The statement that makes the table, ready for Athena. What is left out is said in comments. */
export function hiveDdl(table: HiveTable): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
  return [
    ...table.leftOut.map(({ path, why }) => `-- left out: ${printableJson(JSON.stringify(path))}: ${why}`),
    `CREATE EXTERNAL TABLE IF NOT EXISTS \`${table.name}\` (`,
    table.columns.map(({ name, type }) => `  \`${name}\` ${type}`).join(',\n'),
    ')',
    `PARTITIONED BY (\`${PARTITION}\` string)`,
    `ROW FORMAT SERDE ${quoted(table.serde)}`,
    `STORED AS INPUTFORMAT ${quoted(table.inputFormat)}`,
    `OUTPUTFORMAT ${quoted(table.outputFormat)}`,
    `LOCATION ${quoted(table.location)}`,
    'TBLPROPERTIES (',
    Object.entries(table.properties)
      .map(([key, value]) => `  ${quoted(key)} = ${quoted(value)}`)
      .join(',\n'),
    ');',
  ].join('\n')
}
