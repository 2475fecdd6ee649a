import { type ApiServer, startApi } from './aws-api.ts'

/** What a function came to: its answer, or the error that it ended with. Both are JSON. */
export type FunctionResult =
  | { readonly kind: 'answered'; readonly payload: string }
  | { readonly kind: 'failed'; readonly cause: string }

/** Lambda's Invoke (REST): `invoke` runs a function by its name; undefined when there is none. */
export function startLambda(
  invoke: (name: string, event: unknown) => Promise<FunctionResult> | undefined,
): Promise<ApiServer> {
  return startApi(async ({ method, url, body }) => {
    const [, name = ''] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url) ?? []
    const result = method === 'POST' ? await invoke(decodeURIComponent(name), JSON.parse(body)) : undefined
    const headers = { 'content-type': 'application/json' }
    if (result === undefined) {
      const missing = { Type: 'User', Message: `Function not found: ${name}` }
      return {
        status: 404,
        headers: { ...headers, 'x-amzn-errortype': 'ResourceNotFoundException' },
        body: JSON.stringify(missing),
      }
    }
    if (result.kind === 'answered') return { status: 200, headers, body: result.payload }
    return { status: 200, headers: { ...headers, 'x-amz-function-error': 'Unhandled' }, body: result.cause }
  })
}
