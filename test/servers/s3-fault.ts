/** What a server does instead of answering as it should. */
export type Fault =
  /** Answers with an S3 error, without doing anything. */
  | {
      readonly kind: 'refuse'
      readonly status: number
      readonly code: string
      readonly message?: string
      /** What else the answer says. */
      readonly fields?: Readonly<Record<string, string>>
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Answers with a body of the test's own, without doing anything. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Closes the connection: before anything is done, or when it is done and only the answer is missing. */
  | { readonly kind: 'reset'; readonly moment: 'before' | 'after' }
  /** Closes the connection after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** Does what is asked, whatever its conditions: takes them, and ignores them. */
  | { readonly kind: 'unconditional' }
  /** Answers without that header. */
  | { readonly kind: 'without'; readonly header: string }
  /** Begins when the promise is fulfilled. */
  | { readonly kind: 'wait'; readonly until: (request: S3Request) => Promise<unknown> }

/** A request as the log keeps it. */
export interface S3Request {
  readonly method: string
  /** Decoded; empty for requests about the service or a bucket. */
  readonly bucket: string
  readonly key: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Bytes of the request's body; 0 for one that was not read. */
  readonly bytes: number
  /** The answer's status; undefined while there is none. */
  readonly status: number | undefined
}

/** A fault for the requests that it is `when` for: the next one, or the next `times`. */
export interface FaultRule {
  readonly fault: Fault
  readonly when: (request: S3Request) => boolean
  readonly times?: number
}

/** The error document of S3 (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
export function errorXml(code: string, message: string, more: Readonly<Record<string, string>> = {}): string {
  const rest = Object.entries(more).map(([name, value]) => `<${name}>${value}</${name}>`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${rest.join('')}</Error>`
}
