import { Annotations, Aws } from 'aws-cdk-lib'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue'
import { Construct } from 'constructs'
import { type HiveTable, hiveTable, PARTITION } from '../lib/catalog/hive-table.ts'
import type { Deployment } from '../lib/deployment.ts'
import { DaysealError } from '../lib/errors.ts'
import { columnsOfDeclared } from '../lib/shred/declared-columns.ts'
import type { FieldJson } from '../lib/shred/schema-json.ts'
import type { DeployedDataset } from './deployed-dataset.ts'

export interface AthenaTablesProps {
  readonly deployment: Deployment
  readonly datasets: readonly DeployedDataset[]
}

/**
 * A Glue database, and in it a table for each dataset whose columns are declared. What the others' columns are is only
 * known once they are sealed: `dayseal schema --ddl` prints their statements.
 */
export class AthenaTables extends Construct {
  readonly database: string

  constructor(scope: Construct, id: string, { deployment, datasets }: AthenaTablesProps) {
    super(scope, id)
    this.database = deployment.name.replaceAll('-', '_')
    const database = new CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name: this.database, description: 'Sealed days' },
    })
    for (const [dataset, table] of tablesOf(datasets, deployment)) {
      const resource = new CfnTable(this, `Table-${dataset}`, {
        catalogId: Aws.ACCOUNT_ID,
        databaseName: this.database,
        tableInput: {
          name: table.name,
          tableType: 'EXTERNAL_TABLE',
          parameters: { EXTERNAL: 'TRUE', ...table.properties },
          partitionKeys: [{ name: PARTITION, type: 'string' }],
          storageDescriptor: {
            columns: [...table.columns],
            location: table.location,
            inputFormat: table.inputFormat,
            outputFormat: table.outputFormat,
            serdeInfo: { serializationLibrary: table.serde },
          },
        },
      })
      resource.addResourceDependency(database)
      for (const { path, why } of table.leftOut) {
        Annotations.of(resource).addWarningV2(`dayseal:${dataset}:${path}`, `Athena has no ${path}: ${why}`)
      }
    }
  }
}

/** By dataset. */
function tablesOf(datasets: readonly DeployedDataset[], { firstDay }: Deployment): ReadonlyMap<string, HiveTable> {
  const tables = new Map<string, HiveTable>()
  for (const { dataset } of datasets) {
    const schema = declaredColumns(dataset.schema)
    if (schema === undefined) continue
    const table = hiveTable({ dataset: dataset.name, out: dataset.out, schema, firstDay })
    const [same] = [...tables].find(([, { name }]) => name === table.name) ?? []
    if (same !== undefined) {
      throw new DaysealError('usage', `the datasets ${same} and ${dataset.name} cannot both have a table in Athena`, {
        seen: `${table.name} for both`,
        wanted: 'names that differ in more than case, - and _',
      })
    }
    tables.set(dataset.name, table)
  }
  return tables
}

function declaredColumns(schema: DeployedDataset['dataset']['schema']): readonly FieldJson[] | undefined {
  if (schema.mode === 'infer') return undefined
  return columnsOfDeclared(schema.columns)
}
