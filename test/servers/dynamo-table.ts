import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  PutItemCommand,
  paginateScan,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'

type Attributes = Record<string, AttributeValue>

/** A table as the catalog needs it, seen by somebody else than the catalog. */
export interface DynamoTable {
  readonly table: string
  /** All items, as they are stored. */
  items(): Promise<readonly Attributes[]>
  put(item: Attributes): Promise<void>
  /** Removes all items. */
  empty(): Promise<void>
  /** Removes the table, and ends the connection. */
  drop(): Promise<void>
}

/** Makes a table whose keys are as the storage stack defines them. Default credentials: those of the environment. */
export async function createCatalogTable(
  endpoint: string,
  region: string,
  table: string,
  credentials?: DynamoDBClientConfig['credentials'],
): Promise<DynamoTable> {
  const client = new DynamoDBClient({ endpoint, region, ...(credentials === undefined ? {} : { credentials }) })
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  )
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName: table })
  const items = async () => {
    const found: Attributes[] = []
    const pages = paginateScan({ client }, { TableName: table, ConsistentRead: true })
    for await (const page of pages) found.push(...(page.Items ?? []))
    return found
  }
  return {
    table,
    items,
    put: async (item) => {
      await client.send(new PutItemCommand({ TableName: table, Item: item }))
    },
    empty: async () => {
      for (const { pk, sk } of await items()) {
        await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: pk!, sk: sk! } }))
      }
    },
    drop: async () => {
      await client.send(new DeleteTableCommand({ TableName: table }))
      client.destroy()
    },
  }
}
