import type { Template } from 'aws-cdk-lib/assertions'

export interface RoleStatement {
  readonly actions: readonly string[]
  /** As text: `<Ref>` and `<Id.Attribute>` in the places of references. */
  readonly resources: readonly string[]
  readonly condition: unknown
}

/** What the roles whose logical id starts with `owner` may do, each statement in order. */
export function statementsOf(template: Template, owner: string): readonly RoleStatement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    Properties.Roles.some(({ Ref }: { Ref: string }) => new RegExp(`^${owner}Role[0-9A-F]{8}$`).test(Ref)),
  )
  return policies.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.map(({ Action, Resource, Condition }: Readonly<Record<string, unknown>>) => ({
      actions: [Action].flat(),
      resources: [Resource].flat().map(asText),
      condition: Condition,
    })),
  )
}

/** Every action of the role, with what it is granted on: `s3:GetObject` → sorted resources. */
export function grantsOf(template: Template, owner: string): Readonly<Record<string, readonly string[]>> {
  const grants = new Map<string, string[]>()
  for (const { actions, resources } of statementsOf(template, owner)) {
    for (const action of actions) grants.set(action, [...(grants.get(action) ?? []), ...resources].sort())
  }
  return Object.fromEntries([...grants].sort())
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  const [name, argument] = Object.entries(value as Record<string, never>)[0]!
  if (name === 'Ref') return `<${argument}>`
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`
  if (name === 'Fn::ImportValue') return `<${String(argument).replace(/[0-9A-F]{8}$/, '')}>`
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(asText).join('')
  throw new Error(`unknown: ${JSON.stringify(value)}`)
}
