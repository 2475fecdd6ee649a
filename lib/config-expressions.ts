import type { Dataset } from './config.ts'
import { DaysealError } from './errors.ts'
import { eventTimeOf } from './event-time.ts'
import { cronProblem } from './export/schedule.ts'
import { eventTimeReader } from './intake/event-time.ts'
import { readerOf } from './intake/read-format.ts'
import { formsOfDeclared } from './shred/declared-columns.ts'
import { timeReader } from './time/time-reader.ts'

/*
 * Cron expressions, formats with regular expressions and forms of times, which take much code to check. Apart from `parseConfig`, so that
 * the deployed functions, whose configuration was checked when it was deployed, do not carry them.
 */

/** Every problem as one line: where, what was seen, what was wanted. */
export function expressionProblems(datasets: ReadonlyMap<string, Dataset>): readonly string[] {
  return [...datasets.values()].flatMap((dataset) => [
    ...scheduleProblems(dataset),
    ...uploadProblems(dataset),
    ...formProblems(dataset),
  ])
}

function scheduleProblems({ name, exports }: Dataset): readonly string[] {
  return exports.flatMap(({ schedule }, index) => {
    const problem = schedule === undefined ? undefined : cronProblem(schedule)
    if (problem === undefined) return []
    const wanted = "five fields of cron, such as '15 5 * * *'"
    return [
      `datasets.${name}.exports[${index}].schedule: seen ${JSON.stringify(schedule)}, wanted ${wanted}: ${problem}`,
    ]
  })
}

function uploadProblems({ name, uploads }: Dataset): readonly string[] {
  if (uploads === undefined) return []
  const { format, timestamp } = uploads
  return [
    ...refusals(`datasets.${name}.uploads.format`, () => readerOf(format)),
    ...refusals(`datasets.${name}.uploads.timestamp`, () => timestamp === 'arrival' || eventTimeReader(timestamp)),
  ]
}

function formProblems({ name, schema, eventTime }: Dataset): readonly string[] {
  const overrides = Object.entries(schema.mode === 'infer' ? schema.overrides : formsOfDeclared(schema.columns))
  const inSchema = overrides.flatMap(([path, override]) =>
    typeof override === 'string'
      ? []
      : [
          [
            `schema.${schema.mode === 'infer' ? 'overrides' : 'columns'}[${JSON.stringify(path)}]`,
            override.timestamp,
          ] as const,
        ],
  )
  const forms = [...inSchema, ['eventTime.form', eventTimeOf(eventTime)?.form] as const]
  return forms.flatMap(([where, form]) =>
    form === undefined ? [] : refusals(`datasets.${name}.${where}`, () => timeReader(form)),
  )
}

/** What `make` says against the settings at `where`. */
function refusals(where: string, make: () => unknown): readonly string[] {
  try {
    make()
    return []
  } catch (error) {
    if (!(error instanceof DaysealError)) throw error
    return [`${where}: ${error.message}`]
  }
}
