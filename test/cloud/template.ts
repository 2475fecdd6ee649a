import * as z from 'zod'

/*
 * A synthesized CloudFormation template as the local cloud reads it: resources with their properties, every intrinsic
 * function resolved to the value that it would have when deployed. What is not understood is an error, never a guess.
 */

export const ACCOUNT = '123456789012'
export const REGION = 'eu-west-1'

export interface Resource {
  readonly id: string
  readonly type: string
  /** Undefined for what has none, or none that anybody here refers to. */
  readonly arn: string | undefined
  /** What `Ref` gives. */
  readonly name: string
  readonly properties: Readonly<Record<string, unknown>>
}

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }))
    .optional(),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown().optional() })).optional(),
})

type Template = z.infer<typeof templateSchema>

/** The stacks of one app by name: their resources, and their outputs. */
export interface Stacks {
  readonly resources: readonly Resource[]
  /** By stack and output. */
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, unknown>>
  /** Resources of a CloudFormation type, such as `AWS::Lambda::Function`. */
  ofType(type: string): readonly Resource[]
}

/** `templates`: parsed JSON, by the stack's name. */
export function readStacks(templates: ReadonlyMap<string, unknown>): Stacks {
  const parsed = new Map([...templates].map(([name, template]) => [name, templateSchema.parse(template)]))
  const resources = [...parsed].flatMap(([stack, template]) =>
    Object.entries(template.Resources).map(([id, { Type, Properties = {} }]) => {
      const scope = { stack, template, all: parsed }
      const properties = resolved(Properties, scope) as Record<string, unknown>
      return { id, type: Type, arn: ARN[Type]?.(nameOf(id, scope)), name: nameOf(id, scope), properties }
    }),
  )
  const outputs = new Map(
    [...parsed].map(([stack, template]) => [
      stack,
      new Map(
        Object.entries(template.Outputs ?? {}).map(([name, { Value }]) => [
          name,
          resolved(Value, { stack, template, all: parsed }),
        ]),
      ),
    ]),
  )
  return { resources, outputs, ofType: (type) => resources.filter((resource) => resource.type === type) }
}

interface Scope {
  readonly stack: string
  readonly template: Template
  readonly all: ReadonlyMap<string, Template>
}

const NO_VALUE = Symbol('AWS::NoValue')

function resolved(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, scope)).filter((item) => item !== NO_VALUE)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [name, argument] = entries[0] ?? []
  if (entries.length === 1 && (name === 'Ref' || name?.startsWith('Fn::'))) return intrinsic(name, argument, scope)
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, resolved(inner, scope)] as const).filter(([, inner]) => inner !== NO_VALUE),
  )
}

function intrinsic(name: string, argument: unknown, scope: Scope): unknown {
  switch (name) {
    case 'Ref':
      return referenced(z.string().parse(argument), scope)
    case 'Fn::GetAtt': {
      const [id, attribute] = z.tuple([z.string(), z.string()]).parse(argument)
      return attributeOf(id, attribute, scope)
    }
    case 'Fn::Join': {
      const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(argument)
      return parts.map((part) => z.string().parse(resolved(part, scope))).join(separator)
    }
    case 'Fn::Select': {
      const [index, list] = z.tuple([z.coerce.number(), z.unknown()]).parse(argument)
      return z.array(z.unknown()).parse(resolved(list, scope))[index]
    }
    case 'Fn::Split': {
      const [separator, text] = z.tuple([z.string(), z.unknown()]).parse(argument)
      return z.string().parse(resolved(text, scope)).split(separator)
    }
    case 'Fn::Sub':
      return substituted(argument, scope)
    case 'Fn::ImportValue':
      return imported(resolved(argument, scope), scope)
    default:
      throw new Error(`${scope.stack} uses ${name}, which the local cloud does not know`)
  }
}

function substituted(argument: unknown, scope: Scope): string {
  const [text, values]: readonly [string, Readonly<Record<string, unknown>>] = z
    .union([
      z.string().transform((only) => [only, {}] as const),
      z.tuple([z.string(), z.record(z.string(), z.unknown())]),
    ])
    .parse(argument)
  return text.replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
    const given = values[name]
    if (given !== undefined) return String(resolved(given, scope))
    const [id, ...attribute] = name.split('.')
    return String(attribute.length === 0 ? referenced(name, scope) : attributeOf(id!, attribute.join('.'), scope))
  })
}

function imported(name: unknown, { all }: Scope): unknown {
  for (const [stack, template] of all) {
    const scope = { stack, template, all }
    for (const { Value, Export } of Object.values(template.Outputs ?? {})) {
      if (Export !== undefined && resolved(Export.Name, scope) === name) return resolved(Value, scope)
    }
  }
  throw new Error(`no stack exports ${String(name)}`)
}

const PSEUDO: Readonly<Record<string, unknown>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NoValue': NO_VALUE,
}

function referenced(id: string, scope: Scope): unknown {
  if (id === 'AWS::StackName') return scope.stack
  if (id in PSEUDO) return PSEUDO[id]
  const parameter = scope.template.Parameters?.[id]
  if (parameter !== undefined) return parameter.Default
  const type = typeOf(id, scope)
  if (type === 'AWS::SQS::Queue') return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${nameOf(id, scope)}`
  return REF_IS_ARN.has(type) ? attributeOf(id, 'Arn', scope) : nameOf(id, scope)
}

const REF_IS_ARN = new Set(['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic', 'AWS::Scheduler::ScheduleGroup'])

/** The property that gives a resource its name; without it, it is called like its logical id. */
const NAMED_BY = [
  'BucketName',
  'TableName',
  'FunctionName',
  'QueueName',
  'Name',
  'StateMachineName',
  'TopicName',
  'LogGroupName',
]

function nameOf(id: string, scope: Scope): string {
  const properties = scope.template.Resources[id]?.Properties ?? {}
  const property = NAMED_BY.find((name) => properties[name] !== undefined)
  const name = property === undefined ? id : String(resolved(properties[property], scope))
  return typeOf(id, scope) === 'AWS::S3::Bucket' ? name.toLowerCase() : name
}

const ARN: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  'AWS::DynamoDB::GlobalTable': (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
  'AWS::Events::EventBus': (name) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`,
  'AWS::Events::Rule': (name) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`,
  'AWS::StepFunctions::StateMachine': (name) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}:*`,
  'AWS::SNS::Topic': (name) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`,
  'AWS::KMS::Key': (name) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}`,
  'AWS::CloudWatch::Alarm': (name) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`,
  'AWS::Scheduler::Schedule': (name) => `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/${name}`,
}

function attributeOf(id: string, attribute: string, scope: Scope): unknown {
  const type = typeOf(id, scope)
  const name = nameOf(id, scope)
  if (attribute === 'Arn' || attribute === 'TopicArn') {
    const arn = ARN[type]
    if (arn === undefined) throw new Error(`the local cloud does not know the ARN of a ${type} (${id})`)
    return arn(name)
  }
  if (attribute === 'QueueName' || attribute === 'Name') return name
  // Of use to whoever talks to the resource from outside: never to the functions.
  return `${id}.${attribute}`
}

function typeOf(id: string, { template, stack }: Scope): string {
  const resource = template.Resources[id]
  if (resource === undefined) throw new Error(`${stack} refers to ${id}, which it does not have`)
  return resource.Type
}
