import { count } from '../cli/amounts.ts'
import { textTable } from '../cli/table.ts'
import { lambdaDollars } from './report/figures.ts'

/*
 * `node bench/monthly-cost.ts`: what an archive costs on AWS, computed. List prices of us-east-1 without a free tier; check
 * them before you rely on it. What the producers' files themselves cost is left out, as is a second seal of a day.
 */

/** Dollars. */
const PRICES = {
  lambdaRequest: 0.2e-6,
  s3Write: 0.005e-3, // PUT, LIST
  s3Read: 0.0004e-3,
  s3GbMonth: 0.023,
  dynamoWrite: 0.625e-6,
  dynamoRead: 0.125e-6,
  stateTransition: 0.025e-3,
  sqsRequest: 0.4e-6,
  customMetricMonth: 0.3,
  alarmMonth: 0.1,
  logGb: 0.5,
}

/** CPU seconds per GB of JSON, and what Lambda adds while it waits for S3: `npm run bench:lambda`. */
const CPU_SECONDS = { convert: 10, seal: 1, verify: 8.2 }
const WAITING = 1.5
/** Parquet by bytes of JSON, and how often it is kept: part, generation, view. */
const PARQUET_SHARE = 0.14
const COPIES = 3

/** Calls of one day of one dataset in 24 hours, counted by the local cloud (`npm run demo:cloud`). */
const CALLS = {
  invocations: 28,
  s3Writes: 142,
  s3Reads: 377,
  dynamoWrites: 53,
  dynamoReads: 101,
  transitions: 36,
  sqs: 80,
}
const METRICS_PER_DATASET = 9
const ALARMS = 4
const ALARMS_PER_DATASET = 2
/** Log lines and metrics, GB per invocation. */
const LOG_GB = 4e-6
const DAYS = 30

interface Archive {
  readonly name: string
  readonly datasets: number
  /** Of each dataset. */
  readonly gbPerDay: number
}

const ARCHIVES: readonly Archive[] = [
  { name: 'small', datasets: 1, gbPerDay: 0.25 },
  { name: 'medium', datasets: 2, gbPerDay: 8 },
  { name: 'large', datasets: 10, gbPerDay: 20 },
]

function monthly({ datasets, gbPerDay }: Archive) {
  const days = DAYS * datasets
  const cpuSeconds = CPU_SECONDS.convert + CPU_SECONDS.seal + CPU_SECONDS.verify
  const compute = days * (lambdaDollars(gbPerDay * cpuSeconds * WAITING) + CALLS.invocations * PRICES.lambdaRequest)
  const requests =
    days *
    (CALLS.s3Writes * PRICES.s3Write +
      CALLS.s3Reads * PRICES.s3Read +
      CALLS.dynamoWrites * PRICES.dynamoWrite +
      CALLS.dynamoReads * PRICES.dynamoRead +
      CALLS.transitions * PRICES.stateTransition +
      CALLS.sqs * PRICES.sqsRequest)
  const watching =
    datasets * (METRICS_PER_DATASET * PRICES.customMetricMonth + ALARMS_PER_DATASET * PRICES.alarmMonth) +
    ALARMS * PRICES.alarmMonth +
    days * CALLS.invocations * LOG_GB * PRICES.logGb
  const storage = days * gbPerDay * PARQUET_SHARE * COPIES * PRICES.s3GbMonth
  return { compute, requests, watching, storage }
}

const rows = ARCHIVES.map((archive) => {
  const { compute, requests, watching, storage } = monthly(archive)
  const dollars = [compute, requests, watching, compute + requests + watching, storage]
  return [
    archive.name,
    count(archive.datasets),
    String(archive.gbPerDay),
    ...dollars.map((amount) => amount.toFixed(2)),
  ]
})
const head = [
  'archive',
  'datasets',
  'GB of JSON a day, each',
  'compute',
  'requests',
  'watching',
  'a month',
  'storage of it',
]
for (const line of textTable([head, ...rows], [1, 2, 3, 4, 5, 6, 7])) console.log(line)
