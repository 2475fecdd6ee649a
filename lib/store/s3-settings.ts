/** How a bucket is reached, as plain data: it crosses to worker threads. Credentials are never part of it. */
export interface S3Settings {
  /** Of an S3-compatible store (default: AWS). */
  readonly endpoint?: string | undefined
  /** Default: that of the environment or the profile; with an endpoint us-east-1, which R2 and MinIO take for theirs. */
  readonly region?: string | undefined
  /** A profile of the shared configuration (default: the standard credential chain). */
  readonly profile?: string | undefined
  /** Whether the bucket stands in the path, not in the host's name (default: with an endpoint). */
  readonly pathStyle?: boolean | undefined
  /**
   * How long a request is tried again, from its first failure on, while the store cannot be reached or is in trouble
   * (default: 60); 0: not at all.
   */
  readonly retrySeconds?: number | undefined
}
