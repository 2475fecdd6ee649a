import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { DATASETS, ROOT, synthesize } from './synthesize.ts'

/** CloudWatch's embedded metric format, as far as it says which metric this is. */
const embedded = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
})

// An alarm about a metric that nobody writes is silent for ever.
test('what the functions measure is what the alarms are about', () => {
  const refused = `{ kind: 'refused', ledger: { outcome: 'refused' } }`
  const held = `{ kind: 'held', ledger: { outcome: 'held' } }`
  const measured = [
    ...measuredBy('observed', `measure('app', { QuarantineShare: 0.5, VerificationsFailed: 1 })`),
    ...measuredBy('upload-account', `uploadAccount('app', ${refused})`),
    ...measuredBy('upload-account', `uploadAccount('app', ${held})`),
  ]
  const uploads = { format: 'jsonl', timestamp: 'arrival' } as const
  const { pipeline } = synthesize({ datasets: { app: { ...DATASETS.app!, uploads } } })
  const watched = Object.values(pipeline.findResources('AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => Properties)
    .filter(({ Namespace }) => Namespace === 'Dayseal')
    .map(({ MetricName, Namespace, Dimensions }) => ({
      name: MetricName,
      namespace: Namespace,
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }: Record<string, string>) => [Name, Value])),
    }))
  expect(watched).toHaveLength(4)
  for (const alarm of watched) expect(measured).toContainEqual(alarm)
})

/** In a process of its own, because that is where metrics are written: to its output. */
function measuredBy(file: string, call: string) {
  const name = call.slice(0, call.indexOf('('))
  const script = `const { ${name} } = await import('./functions/${file}.ts'); ${call}`
  const env = { ...process.env, POWERTOOLS_SERVICE_NAME: 'dayseal', POWERTOOLS_METRICS_NAMESPACE: 'Dayseal' }
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, env })
  const line = embedded.parse(JSON.parse(output.toString()))
  return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) =>
      Dimensions.map((names) => ({
        name: Name,
        namespace: Namespace,
        dimensions: Object.fromEntries(names.map((name) => [name, line[name]])),
      })),
    ),
  )
}
