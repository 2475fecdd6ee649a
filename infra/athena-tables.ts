import { Annotations, Aws } from 'aws-cdk-lib'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue'
import { Construct } from 'constructs'
import { hiveTable, PARTITION } from '../lib/catalog/hive-table.ts'
import type { Deployment } from '../lib/deployment.ts'
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
    for (const { dataset } of datasets) {
      const columns = declaredColumns(dataset.schema)
      if (columns === undefined) continue
      const { firstDay } = deployment
      const table = hiveTable({ dataset: dataset.name, out: dataset.out, schema: columns, firstDay })
      const resource = new CfnTable(this, `Table-${dataset.name}`, {
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
        Annotations.of(resource).addWarningV2(`dayseal:${dataset.name}:${path}`, `Athena has no ${path}: ${why}`)
      }
    }
  }
}

function declaredColumns(schema: DeployedDataset['dataset']['schema']): readonly FieldJson[] | undefined {
  if (schema.mode === 'infer') return undefined
  return Object.entries(schema.columns).map(([name, type]) => ({ name, type }))
}
