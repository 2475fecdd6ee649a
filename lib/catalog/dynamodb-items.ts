import type { AttributeValue, DynamoDBClient, PutItemCommandInput, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { dynamoFault } from './dynamodb-fault.ts'
import {
  type Expected,
  type Item,
  type ItemKey,
  type ItemRange,
  type ItemStore,
  notOurs,
  parseItem,
} from './item-store.ts'

type DynamoSdk = typeof import('./dynamodb-sdk.ts')

export interface DynamoTable {
  readonly sdk: DynamoSdk
  readonly client: DynamoDBClient
  readonly table: string
  readonly location: string
}

type Attributes = Readonly<Record<string, AttributeValue>>

/** The items of one table: see `openDynamoCatalog`. */
export function dynamoItems(of: DynamoTable): ItemStore {
  const { location } = of
  return {
    location,
    address: (key) => addressOf(of, keysOf(key)),
    get: (key, signal) => get(of, key, signal),
    put: (key, item, expected, signal) => put(of, key, item, expected, signal),
    async *scan(group, range, signal) {
      for await (const attributes of query(of, group, range, signal)) {
        const { pk, sk } = of.sdk.unmarshall({ pk: attributes.pk!, sk: attributes.sk! })
        const address = addressOf(of, { pk: String(pk), sk: String(sk) })
        yield { address, item: itemOf(of, attributes, address) }
      }
    },
  }
}

interface Keys {
  readonly pk: string
  readonly sk: string
}

function keysOf({ group, name }: ItemKey): Keys {
  return { pk: group.join('#'), sk: name }
}

function addressOf({ location }: DynamoTable, { pk, sk }: Keys): string {
  return `pk ${JSON.stringify(pk)}, sk ${JSON.stringify(sk)} in ${location}`
}

async function get(of: DynamoTable, key: ItemKey, signal: AbortSignal | undefined): Promise<Item | undefined> {
  const keys = keysOf(key)
  const found = await load(of, keys, signal)
  return found === undefined ? undefined : itemOf(of, found, addressOf(of, keys))
}

async function load(of: DynamoTable, keys: Keys, signal: AbortSignal | undefined): Promise<Attributes | undefined> {
  const Key = of.sdk.marshall(keys)
  const command = new of.sdk.GetItemCommand({ TableName: of.table, Key, ConsistentRead: true })
  const { Item } = await call(`cannot read from ${of.location}`, false, signal, (abort) =>
    of.client.send(command, abort),
  )
  return Item
}

async function put(
  of: DynamoTable,
  key: ItemKey,
  item: Item,
  expected: Expected,
  signal: AbortSignal | undefined,
): Promise<'written' | 'conflict'> {
  const { marshall, PutItemCommand, ConditionalCheckFailedException } = of.sdk
  const condition = await conditionOf(of, key, expected, signal)
  if (condition === undefined) return 'conflict'
  const command = new PutItemCommand({
    TableName: of.table,
    Item: marshall({ ...item, ...keysOf(key) }, { removeUndefinedValues: true }),
    ...condition,
  })
  return call(`cannot write to ${of.location}`, true, signal, async (abort) => {
    try {
      await of.client.send(command, abort)
      return 'written'
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'conflict'
      throw error
    }
  })
}

type Condition = Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>

/** That what is stored is still what is expected; undefined when it is not already. */
async function conditionOf(
  of: DynamoTable,
  key: ItemKey,
  expected: Expected,
  signal: AbortSignal | undefined,
): Promise<Condition | undefined> {
  if (expected === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' }
  if (expected !== 'unreadable') return isVersion(of.sdk.marshall({ version: expected }).version!)
  const stored = await load(of, keysOf(key), signal)
  if (stored === undefined || isItem(of, stored)) return undefined
  if (stored.version !== undefined) return isVersion(stored.version)
  return { ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(version)' }
}

function isVersion(version: AttributeValue): Condition {
  return { ConditionExpression: 'version = :expected', ExpressionAttributeValues: { ':expected': version } }
}

function isItem(of: DynamoTable, attributes: Attributes): boolean {
  try {
    itemOf(of, attributes, '')
    return true
  } catch {
    return false
  }
}

/** Every item of the group in the range: a page holds 1 MB at most, and tells where the next one starts. */
async function* query(
  of: DynamoTable,
  group: readonly string[],
  range: ItemRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Attributes> {
  const input = queryInput(of, group, range)
  let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey']
  do {
    const command = new of.sdk.QueryCommand({ ...input, ExclusiveStartKey })
    const page = await call(`cannot query ${of.location}`, false, signal, (abort) => of.client.send(command, abort))
    yield* page.Items ?? []
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
}

function queryInput(of: DynamoTable, group: readonly string[], range: ItemRange): QueryCommandInput {
  const { between, descending = false, expected } = range
  const pk = { ':pk': group.join('#') }
  return {
    TableName: of.table,
    ...(between === undefined
      ? { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: of.sdk.marshall(pk) }
      : {
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          ExpressionAttributeValues: of.sdk.marshall({ ...pk, ':first': between[0], ':last': between[1] }),
        }),
    ConsistentRead: true,
    ScanIndexForward: !descending,
    ...(expected === undefined ? {} : { Limit: expected }),
  }
}

function itemOf({ sdk }: DynamoTable, { pk: _, sk: __, ...members }: Attributes, address: string): Item {
  return parseItem(unmarshalled(sdk, members, address), address)
}

/** A number that JavaScript cannot hold is none of ours. */
function unmarshalled(sdk: DynamoSdk, attributes: Attributes, address: string): unknown {
  try {
    return sdk.unmarshall(attributes)
  } catch (cause) {
    throw notOurs(address, cause)
  }
}

async function call<T>(
  failed: string,
  writing: boolean,
  signal: AbortSignal | undefined,
  act: (options: { readonly abortSignal?: AbortSignal }) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  try {
    return await act(signal === undefined ? {} : { abortSignal: signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw dynamoFault(failed, error, writing)
  }
}
