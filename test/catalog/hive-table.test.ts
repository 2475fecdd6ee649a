import { describe, expect, test } from 'vitest'
import { hiveColumns } from '../../lib/catalog/hive-columns.ts'
import { hiveDdl, hiveTable } from '../../lib/catalog/hive-table.ts'
import { thrownBy } from '../thrown.ts'

const OUT = 's3://sealed/app'

describe('the columns that Athena can have', () => {
  test('are of Hive types, all the way down', () => {
    const { columns, leftOut } = hiveColumns(
      [
        { name: 'Ok', type: 'bool' },
        { name: 'n', type: 'int64' },
        { name: 'x', type: 'double' },
        { name: 's', type: 'string' },
        { name: 'mixed', type: 'json' },
        { name: 'at', type: 'timestamp' },
        { name: 'tags', type: { map: { list: 'int64_wide' } } },
        {
          name: 'who',
          type: {
            struct: [
              { name: 'id', key: 'ID', type: 'string' },
              { name: 'roles', type: { list: 'string' } },
            ],
          },
        },
      ],
      'date_utc',
    )
    expect(leftOut).toEqual([])
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'ok boolean',
      'n bigint',
      'x double',
      's string',
      'mixed string',
      'at timestamp',
      'tags map<string,array<bigint>>',
      'who struct<id:string,roles:array<string>>',
    ])
  })

  test('are without what it cannot name, and each is said', () => {
    const { columns, leftOut } = hiveColumns(
      [
        { name: 'user-agent', type: 'string' },
        { name: 'Size', type: 'int64' },
        { name: 'size', type: 'int64' },
        { name: 'DATE_UTC', type: 'string' },
        {
          name: 'list',
          type: {
            list: {
              struct: [
                { name: 'a.b', type: 'bool' },
                { name: 'date_utc', type: 'bool' },
              ],
            },
          },
        },
        { name: 'nothing', type: { struct: [{ name: 'é', type: 'bool' }] } },
      ],
      'date_utc',
    )
    expect(columns).toEqual([{ name: 'list', type: 'array<struct<date_utc:boolean>>' }])
    expect(leftOut.map(({ path }) => path)).toEqual([
      ...['user-agent', 'Size', 'size', 'DATE_UTC', 'list[].a\\.b', 'nothing.é'],
    ])
    expect(leftOut[1]!.why).toContain('case alone')
  })
})

describe('the table', () => {
  test('projects one partition for each day, onto the folder in which nothing but the link is', () => {
    const { location, properties } = hiveTable({
      dataset: 'a-b',
      out: `${OUT}/`,
      schema: [{ name: 'n', type: 'int64' }],
      firstDay: '2024-02-29',
    })
    expect(location).toBe('s3://sealed/app/daily/')
    expect(properties).toMatchObject({
      'projection.date_utc.range': '2024-02-29,NOW',
      'projection.date_utc.format': 'yyyy-MM-dd',
      'storage.location.template': `s3://sealed/app/daily/\${date_utc}/athena/`,
    })
  })

  test('is one statement', () => {
    const schema = [
      { name: 'n', type: 'int64' },
      { name: "it's\n; DROP", type: 'string' },
    ] as const
    const ddl = hiveDdl(hiveTable({ dataset: 'a-b', out: "s3://sealed/it's", schema, firstDay: '2024-01-01' }))
    expect(ddl.split('\n').slice(0, 8)).toEqual([
      `-- left out: "it's\\n; DROP": its name has other characters than letters, digits and _`,
      'CREATE EXTERNAL TABLE IF NOT EXISTS `a_b` (',
      '  `n` bigint',
      ')',
      'PARTITIONED BY (`date_utc` string)',
      "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'",
      "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'",
      "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'",
    ])
    expect(ddl).toContain("LOCATION 's3://sealed/it\\'s/daily/'")
    expect(ddl.endsWith('\n);')).toBe(true)
  })

  test.each([
    ['a directory', { out: '/sealed' }, 's3://bucket/prefix'],
    ['no columns', { schema: [] }, 'no columns'],
    ['a first day that is none', { firstDay: '2024-02-30' }, 'not a day'],
  ])('is refused for %s', async (_, options, message) => {
    const usual = { dataset: 'a', out: OUT, schema: [{ name: 'n', type: 'int64' as const }], firstDay: '2024-01-01' }
    expect((await thrownBy(() => hiveTable({ ...usual, ...options }))).message).toContain(message)
  })
})
