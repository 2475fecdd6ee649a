import { RemovalPolicy } from 'aws-cdk-lib'
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { acknowledgeWildcards, wildcardsOf } from './acknowledge-wildcards.ts'
import type { Definition } from './state-machines/definition.ts'

export interface DayStateMachineProps {
  readonly name: string
  readonly definition: Definition
  /** The ARNs that the definition's placeholders stand for. */
  readonly arns: Readonly<Record<string, string>>
  readonly statements: readonly PolicyStatement[]
  readonly logRetention: RetentionDays
}

/** A standard state machine of one definition, logged and traced. */
export class DayStateMachine extends Construct {
  readonly machine: StateMachine

  constructor(scope: Construct, id: string, props: DayStateMachineProps) {
    super(scope, id)
    const { name, definition, arns, statements, logRetention } = props
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') })
    for (const statement of statements) role.addToPolicy(statement)
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
      definitionSubstitutions: Object.fromEntries(Object.entries(arns).map(([key, arn]) => [`${key}Arn`, arn])),
      role,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/aws/vendedlogs/states/${name}`,
          retention: logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    })
    acknowledgeWildcards(
      role,
      ['*'],
      'Log delivery and X-Ray have no resources to name (docs.aws.amazon.com/step-functions, "Logging" and "Tracing").',
    )
    acknowledgeWildcards(
      role,
      wildcardsOf(statements),
      'Executions get their names when they start: those of one state machine are granted by its name.',
    )
  }
}
