import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { callerOf, callsOf, type Service } from './api-call.ts'
import type { ApiCall } from './policy.ts'

/** A call that a function made. */
export interface RecordedCall extends ApiCall {
  /** The function's access key. */
  readonly caller: string
  readonly granted: boolean
}

export interface GatewayOptions {
  readonly service: Service
  /** The server behind: `http://127.0.0.1:PORT`. */
  readonly upstream: string
  /** Whether the caller's role grants the call. */
  readonly isGranted: (caller: string, call: ApiCall) => boolean
  readonly onCall: (call: RecordedCall) => void
}

export interface Gateway {
  readonly url: string
  close(): Promise<void>
}

/**
 * Stands in front of a service, on 127.0.0.1: every call is recorded, and refused as AWS refuses it when the function's
 * synthesized policy does not grant it.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(options: GatewayOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { service, isGranted, onCall } = options
  const body = service === 's3' ? undefined : await textOf(request)
  const caller = callerOf(request) ?? 'nobody'
  const calls = callsOf(service, request, body ?? '')
  const denied = calls.map((call) => ({ ...call, caller, granted: isGranted(caller, call) }))
  for (const call of denied) onCall(call)
  const refused = denied.find(({ granted }) => !granted)
  if (refused === undefined) pass(options.upstream, request, body, response)
  else refuse(service, refused, request, response)
}

function pass(upstream: string, request: IncomingMessage, body: string | undefined, response: ServerResponse): void {
  const { method, url, headers } = request
  const onward = forward(new URL(url ?? '/', upstream), { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers)
    reply.pipe(response)
    reply.on('error', () => response.destroy())
  })
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  if (body === undefined) request.pipe(onward)
  else onward.end(body)
}

function refuse(service: Service, call: RecordedCall, request: IncomingMessage, response: ServerResponse): void {
  const message = `${call.caller} is not authorized to perform ${call.action} on ${call.resource}`
  request.resume()
  if (service === 's3') {
    response.writeHead(403, { 'content-type': 'application/xml' })
    response.end(`<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>${escaped(message)}</Message></Error>`)
  } else {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message }))
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
