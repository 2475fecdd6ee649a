import { enableCompileCache, flushCompileCache } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Context } from 'aws-lambda'
import type { Answer, Invocation, InvocationResult } from './lambdas.ts'

/*
 * The process that a function runs in: imports its bundle, as Lambda's runtime does, and answers one invocation at a time.
 * argv: the bundle's path.
 */

type Handler = (event: unknown, context: Context) => Promise<unknown>

const name = process.env.AWS_LAMBDA_FUNCTION_NAME ?? ''
const bundle = process.argv[2] ?? ''
// Functions start often here: compiling a bundle each time would be most of it.
enableCompileCache(resolve(import.meta.dirname, '../../node_modules/.cache/dayseal'))
const imported: { handler: Handler } = await import(pathToFileURL(bundle).href)
// What is compiled is kept at the end otherwise, and this process is killed.
flushCompileCache()

process.on('message', async ({ requestId, event, timeoutMs }: Invocation) => {
  const end = Date.now() + timeoutMs
  const context = {
    awsRequestId: requestId,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: name,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    logGroupName: name,
    logStreamName: requestId,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => end - Date.now(),
  } as Context
  const answer: Answer = { result: await invoke(event, context), peakRss: process.resourceUsage().maxRSS * 1024 }
  process.send?.(answer)
})
process.send?.('ready')

async function invoke(event: unknown, context: Context): Promise<InvocationResult> {
  try {
    return { kind: 'answered', payload: JSON.stringify((await imported.handler(event, context)) ?? null) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    return { kind: 'failed', error: name, cause: JSON.stringify({ errorType: name, errorMessage: message }) }
  }
}
