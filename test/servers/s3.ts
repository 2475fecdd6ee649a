import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from 'fauxqs'
// The package exports the whole server alone; what it stores is looked at for conditions and listings.
import { S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js'
import { SnsStore } from '../../node_modules/fauxqs/dist/sns/snsStore.js'
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js'
import { type Refused, refuseBody, refuseCondition, refuseSource, refuseUnchecked, refuseUnknown } from './s3-checks.ts'
import { errorXml, type Fault, type FaultRule, type S3Request } from './s3-fault.ts'
import { type ListedUpload, listingXml, uploadsXml } from './s3-listing.ts'

export interface S3Server {
  /** `http://127.0.0.1:…`. SQS answers there too. */
  readonly endpoint: string
  /** Every request, in order of arrival. */
  readonly requests: readonly S3Request[]
  createBucket(name: string): void
  /** Multipart uploads that are neither completed nor aborted. */
  unfinished(bucket: string): readonly ListedUpload[]
  /** Puts an object there as it is, past all checks: for keys and times that the protocol's users do not make. */
  put(bucket: string, key: string, body: Uint8Array): void
  /** From now on, until it is used up. Of several that fit the first is taken. */
  fail(rule: FaultRule): void
  /** Forgets all rules. */
  mend(): void
  /** Bytes that the server wrote to all sockets that are open, once no more are added. */
  sentOnOpenSockets(): Promise<number>
  close(): Promise<void>
}

type Entry = { -readonly [name in keyof S3Request]: S3Request[name] }

/** So long, milliseconds, the bytes before a cut are on their way. */
const CUT_MS = 20

/**
 * fauxqs on 127.0.0.1, at a port of its own, and in front of it what it leaves out of S3: conditions on writes and copies,
 * checksums, listings in byte order, listings of uploads, and a 501 for sub-resources that it makes up. A check and the
 * write that it is for are one step, because the server handles a whole request at once. It takes bodies up to 11 MiB.
 * Faults can be ordered, and every request is logged. `port`: 0 for any that is free.
 */
export async function startS3(port = 0): Promise<S3Server> {
  const store = new S3Store()
  const requests: Entry[] = []
  const uploads: Uploads = new Map()
  const rules: { rule: FaultRule; left: number }[] = []
  const app = buildApp({
    logger: false,
    host: '127.0.0.1',
    stores: { s3Store: store, sqsStore: new SqsStore(), snsStore: new SnsStore() },
  })
  const entries = new WeakMap<object, { entry: Entry; fault: Fault | undefined }>()

  const takeFault = (request: S3Request): Fault | undefined => {
    const found = rules.find(({ rule, left }) => left > 0 && rule.when(request))
    if (found !== undefined) found.left--
    return found?.rule.fault
  }

  app.addHook('onRequest', async (request, reply) => {
    const entry = entryOf(request.method, request.raw.url ?? '/', request.headers)
    requests.push(entry)
    const fault = takeFault(entry)
    entries.set(request, { entry, fault })
    if (fault?.kind === 'wait') await fault.until(entry)
    if (fault?.kind === 'reset' && fault.moment === 'before') {
      request.raw.socket.destroy()
      return reply.hijack()
    }
    if (fault?.kind === 'answer')
      return reply
        .code(fault.status)
        .headers({ 'content-type': 'application/xml', ...fault.headers })
        .send(fault.body)
    if (fault?.kind !== 'refuse') return
    return reply
      .code(fault.status)
      .headers({ 'content-type': 'application/xml', ...fault.headers })
      .send(request.method === 'HEAD' ? '' : errorXml(fault.code, fault.message ?? fault.code, fault.fields))
  })

  // Without a promise, so that nothing comes between the checks and the handler.
  app.addHook('preHandler', (request, reply, done) => {
    const { entry, fault } = entries.get(request)!
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    entry.bytes = body.length
    if (isQueue(entry)) return done()
    const asked = fault?.kind === 'unconditional' ? { ...entry, headers: withoutConditions(entry.headers) } : entry
    const refused = refusalOf(asked, body, store) ?? refusalOfEnd(entry, body, uploads)
    if (refused !== undefined) {
      reply.code(refused.status).type('application/xml').send(errorXml(refused.code, refused.message))
    } else if (entry.method === 'GET' && entry.key === '' && entry.bucket !== '' && store.hasBucket(entry.bucket)) {
      const objects = 'uploads' in entry.query ? undefined : allObjects(store, entry)
      const open = [...uploads.values()].filter(({ bucket }) => bucket === entry.bucket)
      const xml = objects === undefined ? uploadsXml(open, entry) : listingXml(objects, entry)
      reply.type('application/xml').send(xml)
    } else done()
  })

  app.addHook('onSend', (request, reply, payload, done) => {
    const { entry, fault } = entries.get(request) ?? {}
    if (entry !== undefined && reply.statusCode < 300) followUpload(entry, payload, uploads)
    if (fault?.kind === 'without') reply.removeHeader(fault.header)
    const isLost = fault?.kind === 'reset' && fault.moment === 'after'
    if (!isLost && !(fault?.kind === 'cut' && Buffer.isBuffer(payload))) return done(null, payload)
    reply.hijack()
    if (fault.kind === 'reset' || !Buffer.isBuffer(payload)) return request.raw.socket.destroy()
    reply.raw.statusCode = reply.statusCode
    for (const [name, value = ''] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value)
    reply.raw.write(payload.subarray(0, fault.bytes), () => setTimeout(() => request.raw.socket.destroy(), CUT_MS))
  })

  app.addHook('onResponse', async (request, reply) => {
    const { entry } = entries.get(request) ?? {}
    if (entry !== undefined) entry.status = reply.statusCode
  })

  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const endpoint = await app.listen({ host: '127.0.0.1', port })
  return {
    endpoint,
    requests,
    createBucket: (name) => store.createBucket(name),
    unfinished: (bucket) => [...uploads.values()].filter((upload) => upload.bucket === bucket),
    put: (bucket, key, body) => void store.putObject(bucket, key, Buffer.from(body)),
    fail: (rule) => void rules.push({ rule, left: rule.times ?? 1 }),
    mend: () => void rules.splice(0),
    sentOnOpenSockets: async () => {
      const sent = () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0)
      for (let before = -1; before !== sent(); ) {
        before = sent()
        await sleep(200)
      }
      return sent()
    },
    close: async () => {
      await app.close()
    },
  }
}

function entryOf(method: string, url: string, headers: S3Request['headers']): Entry {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  const [, bucket = '', path = ''] = /^\/([^/]*)\/?(.*)$/s.exec(pathname) ?? []
  const key = decodeURIComponent(path)
  return { method, bucket, key, query: Object.fromEntries(searchParams), headers, bytes: 0, status: undefined }
}

/** SQS and SNS are asked at the root. */
function isQueue({ method, bucket }: S3Request): boolean {
  return bucket === '' && method === 'POST'
}

function refusalOf(request: S3Request, body: Buffer, store: S3Store): Refused | undefined {
  const { method, bucket, key, query, headers } = request
  const refused = refuseUnknown(request) ?? refuseBody(request, body)
  if (refused !== undefined || key === '' || !store.hasBucket(bucket)) return refused
  const copied = headers['x-amz-copy-source']
  if (typeof copied === 'string') {
    const [from = '', ...rest] = decodeURIComponent(copied).replace(/^\//, '').split('/')
    const source = refuseSource(request, etagOf(store, from, rest.join('/')))
    if (source !== undefined) return source
  }
  const isWrite = (method === 'PUT' && query.uploadId === undefined) || (method === 'POST' && 'uploadId' in query)
  return isWrite ? refuseCondition(request, etagOf(store, bucket, key)) : undefined
}

function etagOf(store: S3Store, bucket: string, key: string): string | undefined {
  return store.listObjects(bucket, { prefix: key, maxKeys: Number.MAX_SAFE_INTEGER }).objects.find((o) => o.key === key)
    ?.etag
}

function allObjects(store: S3Store, { bucket, query }: S3Request) {
  return store.listObjects(bucket, { prefix: query.prefix ?? '', maxKeys: Number.MAX_SAFE_INTEGER }).objects
}

type Uploads = Map<string, ListedUpload & { readonly bucket: string; readonly isChecked: boolean }>

function refusalOfEnd({ method, query: { uploadId } }: S3Request, body: Buffer, uploads: Uploads): Refused | undefined {
  const isEnd = method === 'POST' && uploadId !== undefined
  return isEnd && uploads.get(uploadId)?.isChecked ? refuseUnchecked(body) : undefined
}

function withoutConditions(headers: S3Request['headers']): S3Request['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !['if-match', 'if-none-match'].includes(name)))
}

function followUpload({ method, bucket, key, query, headers }: S3Request, payload: unknown, uploads: Uploads): void {
  if (method === 'POST' && 'uploads' in query && typeof payload === 'string') {
    const id = /<UploadId>([^<]+)</.exec(payload)?.[1]
    if (id !== undefined)
      uploads.set(id, { bucket, key, id, initiated: new Date(), isChecked: 'x-amz-checksum-algorithm' in headers })
  }
  if (query.uploadId !== undefined && (method === 'POST' || method === 'DELETE')) uploads.delete(query.uploadId)
}
