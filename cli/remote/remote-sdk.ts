/** All that is used of the SDK to reach a deployed system, in a module that is loaded when one is looked for. */
export { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
export { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
export {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
