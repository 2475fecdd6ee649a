import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import dynalite from 'dynalite'

/**
 * What goes wrong with the next call of an operation.
 * - `throttle`: it is refused, as on a table without throughput left
 * - `deny`: it is refused, as without permission
 * - `bad-signature`: it is refused, with a message that repeats what was signed, as DynamoDB writes it
 * - `reset`: the connection breaks before anything is done
 * - `lose-answer`: it is done, and the connection breaks
 */
export type DynamoFault = 'throttle' | 'deny' | 'bad-signature' | 'reset' | 'lose-answer'

export interface DynamoServer {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  /** The operations that were called, as they came: `PutItem`, `Query` … */
  readonly calls: readonly string[]
  /** The next `times` calls of `operation` go wrong. */
  fail(operation: string, fault: DynamoFault, times?: number): void
  /** Forgets the faults that are still to come. */
  recover(): void
  close(): Promise<void>
}

/** A DynamoDB server in memory, on loopback and a free port, that does what dynalite does, and faults on demand. */
export async function startDynamo(): Promise<DynamoServer> {
  const behind = dynalite({ createTableMs: 0, deleteTableMs: 0 })
  const port = await listen(behind)
  const calls: string[] = []
  const faults: { readonly operation: string; readonly fault: DynamoFault }[] = []
  const nextFault = (operation: string): DynamoFault | undefined => {
    const at = faults.findIndex((fault) => fault.operation === operation)
    return at < 0 ? undefined : faults.splice(at, 1)[0]!.fault
  }
  // dynalite ends the process when a client breaks off, so that it must only meet this proxy, which never does.
  const front = createServer(async (incoming, answer) => {
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1)!
    const body = await readAll(incoming).catch(() => undefined)
    if (body === undefined) return
    calls.push(operation)
    const fault = nextFault(operation)
    const refusal = refusalOf(fault, incoming)
    if (fault === 'reset') answer.destroy()
    else if (refusal !== undefined) send(answer, 400, refusal)
    else {
      const { status, bytes } = await forward(port, incoming, body)
      if (fault === 'lose-answer') answer.destroy()
      else send(answer, status, bytes)
    }
  })
  const frontPort = await listen(front)
  return {
    endpoint: `http://127.0.0.1:${frontPort}`,
    calls,
    fail: (operation, fault, times = 1) => {
      for (let count = 0; count < times; count++) faults.push({ operation, fault })
    },
    recover: () => {
      faults.length = 0
    },
    close: async () => {
      await closeServer(front)
      await closeServer(behind)
    },
  }
}

/** DynamoDB's code and message, for the faults that are answers. */
const REFUSALS: Readonly<Partial<Record<DynamoFault, readonly [string, string]>>> = {
  throttle: ['ProvisionedThroughputExceededException', 'The level of configured provisioned throughput was exceeded'],
  deny: ['AccessDeniedException', 'User is not authorized to perform this'],
}

function refusalOf(fault: DynamoFault | undefined, incoming: IncomingMessage): Buffer | undefined {
  const token = incoming.headers['x-amz-security-token']
  const signature = `The Canonical String should have been 'POST x-amz-security-token:${token}'`
  const refusal = fault === 'bad-signature' ? ['InvalidSignatureException', signature] : fault && REFUSALS[fault]
  if (refusal === undefined) return undefined
  const [code, message] = refusal
  return Buffer.from(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message }))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined || error === null ? resolve() : reject(error)))
  })
  server.closeAllConnections()
  await closed
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function send(answer: ServerResponse, status: number, bytes: Buffer): void {
  answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': bytes.length })
  answer.end(bytes)
}

function forward(
  port: number,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (incoming) => {
      readAll(incoming).then((bytes) => resolve({ status: incoming.statusCode!, bytes }), reject)
    })
    onward.on('error', reject)
    onward.end(body)
  })
}
