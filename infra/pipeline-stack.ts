import { ArnFormat, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { EventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import type { Deployment } from '../lib/deployment.ts'
import { AlarmTopic, countAlarm } from './alarm-topic.ts'
import { AthenaTables } from './athena-tables.ts'
import { DailySchedules } from './daily-schedules.ts'
import { DayStateMachine } from './day-state-machine.ts'
import type { DeployedDataset } from './deployed-dataset.ts'
import { Exports } from './exports.ts'
import type { FunctionName } from './function-name.ts'
import { count, executionsLost, NAMESPACE } from './metrics.ts'
import { ObjectCreatedRules } from './object-created-rules.ts'
import { Offloads } from './offloads.ts'
import { statementsFor } from './permissions.ts'
import { PipelineDashboard } from './pipeline-dashboard.ts'
import { exportSize, type FunctionSize, functionSizes, partitionSize } from './sizes.ts'
import { backfill } from './state-machines/backfill.ts'
import type { Step } from './state-machines/definition.ts'
import { sealDay } from './state-machines/seal-day.ts'
import { StepFunction } from './step-function.ts'
import type { StorageStack } from './storage-stack.ts'
import { Uploads } from './uploads.ts'
import { WorkQueue } from './work-queue.ts'

/** An hour that fails this often needs a person. */
const MAX_RECEIVES = 5

export interface PipelineStackProps extends StackProps {
  readonly deployment: Deployment
  readonly datasets: readonly DeployedDataset[]
  readonly storage: StorageStack
  /** The configuration that the functions are bundled with: an absolute path. */
  readonly configFile: string
}

/** All that works on the data and holds none of it: it can be taken down and deployed again at any time. */
export class PipelineStack extends Stack {
  private readonly settings: PipelineStackProps

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    const { deployment, datasets, storage, configFile: _, ...rest } = props
    super(scope, id, rest)
    this.settings = props
    const names = datasets.map(({ dataset }) => dataset.name)
    const bus = new EventBus(this, 'Bus', { eventBusName: deployment.name })
    const sizes = functionSizes({ ...deployment, longestLine: longestLine(datasets) })
    const lambdas = mapSteps(sizes, (size, step) => this.lambda(step, size, bus))
    const topic = this.topic()
    const hours = this.hours(sizes.Convert, lambdas.Convert, topic)
    const machines = this.machines(lambdas, sizes)
    const schedules = new DailySchedules(this, 'Schedules', {
      deployment,
      datasets: names,
      sealDay: machines.sealDay,
      verify: lambdas.Verify,
      topic,
    })
    this.alarms(names, machines.sealDay, lambdas.Verify, topic)
    const partitioning = this.partitioning(bus, topic)
    const exporting = this.exporting(bus, topic)
    const offloading = this.offloading(sizes.Verify, bus, topic)
    const { dashboard } = new PipelineDashboard(this, 'Overview', {
      name: deployment.name,
      datasets: names,
      sealDay: machines.sealDay,
      lambdas: [
        ...Object.values(lambdas),
        ...[partitioning, exporting, offloading].flatMap((one) => one?.lambda ?? []),
      ],
      waiting: { hours, ...(partitioning && { uploads: partitioning.queue }) },
      dead: {
        hours: hours.dead,
        ...(partitioning && { uploads: partitioning.queue.dead, 'looks for uploads': partitioning.dead }),
        schedules: schedules.dead,
        ...(exporting && { exports: exporting.dead }),
        ...(offloading && { offloads: offloading.dead }),
      },
    })
    const { database } = new AthenaTables(this, 'Athena', { deployment, datasets })
    this.outputs({
      SealDayArn: machines.sealDay.stateMachineArn,
      BackfillArn: machines.backfill.stateMachineArn,
      PlanFunction: lambdas.Plan.functionName,
      VerifyFunction: lambdas.Verify.functionName,
      CatalogTable: storage.table.tableName,
      EventBus: bus.eventBusName,
      DeadLetterQueue: hours.dead.queue.queueUrl,
      Dashboard: dashboard.dashboardName,
      AthenaDatabase: database,
      ...(partitioning && {
        PartitionFunction: partitioning.lambda.functionName,
        UploadsDeadLetterQueue: partitioning.queue.dead.queue.queueUrl,
      }),
      ...(exporting && { ExportFunction: exporting.lambda.functionName }),
      ...(offloading && { OffloadFunction: offloading.lambda.functionName }),
    })
  }

  private lambda(
    name: FunctionName,
    size: FunctionSize,
    bus: EventBus,
    datasets = this.settings.datasets,
  ): NodejsFunction {
    const { deployment, storage, configFile } = this.settings
    const resources = { datasets, tableArn: storage.table.tableArn, busArn: bus.eventBusArn }
    const environment = {
      DAYSEAL_TABLE: storage.table.tableName,
      DAYSEAL_BUS: bus.eventBusName,
      POWERTOOLS_SERVICE_NAME: deployment.name,
      POWERTOOLS_METRICS_NAMESPACE: NAMESPACE,
      POWERTOOLS_LOG_LEVEL: 'INFO',
    }
    const statements = statementsFor(name, resources)
    const logRetention = deployment.logRetentionDays
    return new StepFunction(this, name, { name, size, configFile, environment, statements, logRetention }).lambda
  }

  /** Nothing of it is there where no dataset has uploads. */
  private partitioning(bus: EventBus, topic: Topic | undefined) {
    const { deployment, datasets } = this.settings
    const withUploads = datasets.filter(({ dataset }) => dataset.uploads !== undefined)
    if (withUploads.length === 0) return undefined
    const size = partitionSize({ ...deployment, longestLine: longestLine(withUploads) })
    const lambda = this.lambda('Partition', size, bus, withUploads)
    const { name: service, uploadConcurrency: maxConcurrency } = deployment
    const { queue, dead } = new Uploads(this, 'Uploads', {
      datasets: withUploads,
      lambda,
      size,
      maxConcurrency,
      bus,
      service,
      topic,
    })
    return { lambda, queue, dead }
  }

  /** Nothing of it is there where no dataset has exports. */
  private exporting(bus: EventBus, topic: Topic | undefined) {
    const { deployment, datasets } = this.settings
    const withExports = datasets.filter(({ dataset }) => dataset.exports.length > 0)
    if (withExports.length === 0) return undefined
    const lambda = this.lambda('Export', exportSize(deployment), bus, withExports)
    const { dead } = new Exports(this, 'Exports', { datasets: withExports, lambda, bus, topic })
    return { lambda, dead }
  }

  /** Nothing of it is there where no dataset has a policy. What takes the time and the memory is to verify a day. */
  private offloading(size: FunctionSize, bus: EventBus, topic: Topic | undefined) {
    const withPolicy = this.settings.datasets.filter(({ dataset }) => dataset.offload !== undefined)
    if (withPolicy.length === 0) return undefined
    const lambda = this.lambda('Offload', size, bus, withPolicy)
    const { dead } = new Offloads(this, 'Offloads', { datasets: withPolicy, lambda, topic })
    return { lambda, dead }
  }

  private topic(): Topic | undefined {
    const { alarmEmail } = this.settings.deployment
    return alarmEmail === undefined ? undefined : new AlarmTopic(this, 'Alarms', { email: alarmEmail }).topic
  }

  /** One hour for each call: its time is what one hour may take. */
  private hours({ timeoutSeconds }: FunctionSize, convert: NodejsFunction, topic: Topic | undefined): WorkQueue {
    const { deployment, datasets } = this.settings
    const hours = new WorkQueue(this, 'Hours', {
      what: 'Hours that could not be converted',
      workSeconds: timeoutSeconds,
      maxReceives: MAX_RECEIVES,
      topic,
    })
    const maxConcurrency = deployment.convertConcurrency
    convert.addEventSource(
      new SqsEventSource(hours.queue, { batchSize: 1, reportBatchItemFailures: true, maxConcurrency }),
    )
    new ObjectCreatedRules(this, 'ObjectCreated', { datasets, hours })
    return hours
  }

  private machines(
    lambdas: Readonly<Record<Step, NodejsFunction>>,
    sizes: Readonly<Record<Step, FunctionSize>>,
  ): { readonly sealDay: StateMachine; readonly backfill: StateMachine } {
    const { name, convertConcurrency, backfillConcurrency, logRetentionDays } = this.settings.deployment
    const seconds = mapSteps(sizes, ({ timeoutSeconds }) => timeoutSeconds)
    const arns = mapSteps(lambdas, ({ functionArn }) => functionArn)
    const invoke = (...steps: Step[]) =>
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: steps.map((step) => arns[step]) })
    const seal = new DayStateMachine(this, 'SealDay', {
      name: `${name}-seal-day`,
      definition: sealDay({ convertConcurrency, seconds }),
      arns,
      statements: [invoke('Plan', 'Convert', 'Seal', 'Verify', 'Conclude')],
      logRetention: logRetentionDays,
    }).machine
    const fill = new DayStateMachine(this, 'Backfill', {
      name: `${name}-backfill`,
      definition: backfill({ backfillConcurrency, seconds }),
      arns: { Plan: arns.Plan, SealDay: seal.stateMachineArn },
      statements: [invoke('Plan'), ...this.backfillStatements(name, seal)],
      logRetention: logRetentionDays,
    }).machine
    return { sealDay: seal, backfill: fill }
  }

  /**
   * What `.sync:2` and a distributed map need (docs.aws.amazon.com/step-functions, "IAM policies for calling Step
   * Functions", "Using Map state in Distributed mode"): the map's children are executions of the backfill itself.
   */
  private backfillStatements(name: string, seal: StateMachine): PolicyStatement[] {
    const states = (resource: string, resourceName: string) =>
      this.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME })
    const itself = states('stateMachine', `${name}-backfill`)
    const executions = [`${name}-seal-day:*`, `${name}-backfill:*`, `${name}-backfill/*`]
    return [
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [seal.stateMachineArn, itself] }),
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: executions.map((execution) => states('execution', execution)),
      }),
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [
          this.formatArn({
            service: 'events',
            resource: 'rule',
            resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
          }),
        ],
      }),
    ]
  }

  private alarms(
    datasets: readonly string[],
    sealDayMachine: StateMachine,
    verify: NodejsFunction,
    topic: Topic | undefined,
  ): void {
    const { name: service, alarmQuarantineShare } = this.settings.deployment
    countAlarm(this, 'NotSealed', {
      metric: executionsLost(sealDayMachine),
      description: 'A day was not sealed by its deadline, or something is wrong with it.',
      topic,
    })
    // The schedule calls it without waiting for the answer, so nobody else would notice.
    countAlarm(this, 'VerifyErrors', {
      metric: verify.metricErrors(),
      description: 'Verify failed or ran out of time, so that it is unknown whether days are what was sealed.',
      topic,
    })
    for (const dataset of datasets) {
      countAlarm(this, `VerificationFailed-${dataset}`, {
        metric: count('VerificationsFailed', { service, dataset, statistic: 'Sum' }),
        description: `A sealed day of ${dataset} is not what was sealed.`,
        topic,
      })
      countAlarm(this, `Quarantine-${dataset}`, {
        metric: count('QuarantineShare', { service, dataset, statistic: 'Maximum' }),
        above: alarmQuarantineShare,
        description: `More lines of an hour or an upload of ${dataset} could not become rows than usual.`,
        topic,
      })
    }
  }

  private outputs(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value })
  }
}

function longestLine(datasets: readonly DeployedDataset[]): number {
  return Math.max(...datasets.map(({ dataset }) => dataset.limits.maxLineBytes))
}

function mapSteps<T, R>(steps: Readonly<Record<Step, T>>, map: (value: T, step: Step) => R): Readonly<Record<Step, R>> {
  const { Plan, Convert, Seal, Verify, Conclude } = steps
  return {
    Plan: map(Plan, 'Plan'),
    Convert: map(Convert, 'Convert'),
    Seal: map(Seal, 'Seal'),
    Verify: map(Verify, 'Verify'),
    Conclude: map(Conclude, 'Conclude'),
  }
}
