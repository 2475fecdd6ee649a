import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { Tracer } from '@aws-lambda-powertools/tracer'
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { printable } from '../lib/printable.ts'
import { withoutSecrets } from '../lib/secrets.ts'
import { failureName } from '../lib/service/failure-name.ts'

/*
 * What every function has around it: one log line per fact, metrics, a trace, and errors under names that the state
 * machines can tell apart. Powertools reads its settings from the POWERTOOLS_ variables.
 */

export const logger = new Logger({ jsonReplacerFn: (_, value) => (typeof value === 'string' ? logged(value) : value) })
const tracer = new Tracer()

/** Taking back what was begun, logs included, takes less than this. */
const MARGIN_MS = 10_000

/** `signal` aborts in time for the work to be taken back: nothing goes on after the function has answered. */
export type Work<Result> = (event: unknown, signal: AbortSignal, context: Context) => Promise<Result>

/**
 * A Lambda handler. An error of Dayseal's leaves as `Dayseal.<code>`, a time that is too short as `Dayseal.timeout`, so
 * that a `Retry` or a `Catch` of a state machine can name it.
 */
export function observed<Result>(work: Work<Result>) {
  // middy's own early timeout would answer while the work goes on.
  return middy<unknown, Result>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .before(({ context }) => new Metrics().captureColdStartMetric(context.functionName))
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .onError((request) => {
      if (request.error == null) return
      request.error = namedError(request.error)
      logger.error('the function failed', request.error)
    })
    .handler((event: unknown, context: Context) => work(event, timeSignal(context), context))
}

/** Counts for CloudWatch, with the dataset as their dimension: one log line. */
export function measure(dataset: string, counts: Readonly<Record<string, number>>): void {
  const metrics = new Metrics()
  metrics.addDimension('dataset', dataset)
  for (const [name, value] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, value)
  metrics.publishStoredMetrics()
}

/** Text of a log: who reads it does so on a terminal, too. JSON escapes its newlines. */
function logged(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(withoutSecrets(line)))
    .join('\n')
}

function timeSignal(context: Context): AbortSignal {
  return AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS))
}

function namedError(error: Error): Error {
  const name = failureName(error)
  if (name === error.name) return error
  const named = new Error(error.message, { cause: error.cause })
  named.name = name
  if (error.stack !== undefined) named.stack = error.stack
  return named
}
