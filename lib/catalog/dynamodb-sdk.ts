/** All that is used of the SDK for DynamoDB, in a module that is loaded when a table is opened, and of which bundles hold no more. */
export {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
export { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
