import type { Catalog } from './catalog.ts'
import { dynamoItems } from './dynamodb-items.ts'
import { catalogOver } from './item-catalog.ts'

export interface DynamoCatalogOptions {
  readonly table: string
  /** Default: as the SDK finds it. So for credentials: its standard chain. */
  readonly region?: string
  readonly endpoint?: string
  readonly profile?: string
  /** A new name for each write: no two writes share one. */
  readonly newId: () => string
  /** How often the SDK tries a call that was throttled or got no answer, waiting longer each time (default: 6). */
  readonly maxAttempts?: number
}

/** The most that a call may wait for a connection, and then for its answer, before it is tried again. */
const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true }

/**
 * The catalog in one DynamoDB table. Its keys are the strings `pk` and `sk`; items expire by the attribute `expires_at`
 * (seconds since the epoch), which only runs have. All other attributes are the members of the records.
 *
 *     pk                             sk               record
 *     source#DATASET#YYYY-MM-DD      the object's key sourceRecord
 *     day#DATASET                    YYYY-MM-DD       dayRecord
 *     run#DATASET                    STARTED ID       runRecord, newest last
 *
 * and on each `version` (number) and `write_id` (string). Names of datasets have no `#`, so none can pass for another
 * item. Every write is a PutItem on the condition of the version (`attribute_not_exists` for the first), every read is
 * consistent. It needs dynamodb:GetItem, PutItem and Query. The SDK is loaded by the first call of this function.
 */
export async function openDynamoCatalog({
  table,
  newId,
  maxAttempts = 6,
  ...where
}: DynamoCatalogOptions): Promise<Catalog> {
  const sdk = await import('./dynamodb-sdk.ts')
  const client = new sdk.DynamoDBClient({ ...where, maxAttempts, retryMode: 'standard', requestHandler: TIMEOUTS })
  return catalogOver(dynamoItems({ sdk, client, table, location: `the DynamoDB table ${table}` }), newId)
}
