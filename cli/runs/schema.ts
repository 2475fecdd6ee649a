import { hiveDdl, hiveTable } from '../../lib/catalog/hive-table.ts'
import { resetSchema } from '../../lib/catalog/reset-schema.ts'
import { type SealedSchema, sealedSchema } from '../../lib/catalog/sealed-schema.ts'
import type { Dataset } from '../../lib/config.ts'
import { FIRST_DAY } from '../../lib/deployment.ts'
import { DaysealError } from '../../lib/errors.ts'
import { counted, percent } from '../amounts.ts'
import type { SchemaFlags } from '../commands/schema.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf } from '../day-list.ts'
import { type DayTask, eachDay, tasksFor } from '../each-day.ts'
import { type Line, line, styled } from '../line.ts'
import { table } from '../table.ts'

export async function runSchema(flags: SchemaFlags, context: Context): Promise<Result> {
  const datasets = await chooseDatasets(flags, context, false)
  if (flags.reset !== undefined) return reset(datasets, flags.reset, flags, context)
  const tasks = tasksFor(datasets, daysOf(flags, context.now))
  return eachDay('schema', tasks, { context, verbose: flags.verbose, atOnce: 1 }, (task) =>
    showDay(task, flags, context),
  )
}

async function showDay(task: DayTask, flags: SchemaFlags, { stdout, signal }: Context): Promise<Result> {
  const schema = await sealedSchema({ dataset: task.dataset, date: task.date, signal })
  const { generation, rows, columns, dropped } = schema
  if (flags.ddl) {
    const { name: dataset, out } = task.dataset
    const ddl = hiveDdl(hiveTable({ dataset, out, schema: schema.schema, firstDay: FIRST_DAY }))
    if (!flags.json) stdout.print(ddl.split('\n'))
    return { exitCode: 0, json: { generation, ddl } }
  }
  if (!flags.json) stdout.print(lines(task, schema))
  return { exitCode: 0, json: { generation, rows, columns, dropped_columns: dropped } }
}

function lines(task: DayTask, schema: SealedSchema): readonly Line[] {
  const bold = (text: string) => styled('bold', text)
  const head = line`${bold(task.about)}  generation ${schema.generation}, ${counted(schema.rows, 'row')}`
  const rows = schema.columns.map(({ path, type, detected, null_share: share }) => [
    path,
    detected ? `${type} (detected)` : type,
    share === null ? '' : percent(share),
  ])
  return [
    head,
    ...table([['column', 'type', 'nulls'].map(bold), ...rows], [2]),
    ...schema.dropped.map(({ path, reason, saw }) => `without a column: ${path} (${droppedWhy(reason, saw)})`),
  ]
}

function droppedWhy(reason: 'empty' | 'configured', saw: readonly string[]): string {
  return reason === 'configured' ? 'by configuration' : `only ${saw.join(', ')} all day`
}

async function reset(
  datasets: readonly Dataset[],
  paths: readonly string[],
  flags: SchemaFlags,
  { stdout, signal }: Context,
): Promise<Result> {
  const dataset = datasets[0]!
  if (datasets.length > 1) {
    throw new DaysealError('usage', '--reset is about one dataset', {
      seen: datasets.map(({ name }) => name).join(', '),
      wanted: 'one of them with --dataset',
    })
  }
  const { removed } = await resetSchema({ dataset, paths, signal })
  if (!flags.json) stdout.print([`${dataset.name}: forgotten: ${removed.join(', ')}`])
  return { exitCode: 0, json: { command: 'schema', exit_code: 0, dataset: dataset.name, removed } }
}
