import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { openDynamoCatalog } from '../../lib/catalog/dynamodb.ts'
import { catalogContract } from '../contract/catalog.ts'
import { createCatalogTable, type DynamoServer, startDynamo } from '../servers/dynamodb.ts'

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
let server: DynamoServer
beforeAll(async () => {
  server = await startDynamo()
})
afterAll(() => server.close())

catalogContract('DynamoDB', async () => {
  const table = `catalog-${randomUUID()}`
  await createCatalogTable(server.endpoint, table)
  const catalog = await openDynamoCatalog({ table, region: 'eu-west-1', endpoint: server.endpoint, newId: randomUUID })
  return { catalog, cleanUp: async () => undefined }
})
