import { Stack, Validations } from 'aws-cdk-lib'
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IConstruct } from 'constructs'

/** Says why a role may have these resources, each of which has a wildcard. Others of the role are still reported. */
export function acknowledgeWildcards(role: IConstruct, resources: readonly string[], reason: string): void {
  for (const resource of new Set(resources)) {
    const finding = `AwsSolutions-IAM5[Resource::${asReported(Stack.of(role).resolve(resource))}]`
    Validations.of(role).acknowledge({ id: finding, reason })
  }
}

export function wildcardsOf(statements: readonly PolicyStatement[]): readonly string[] {
  return statements.flatMap(({ resources }) => resources.filter((resource) => resource.includes('*')))
}

/** A resolved ARN as cdk-nag writes it: `<Ref>` and `<Id.Attribute>` in the places of references. */
function asReported(value: unknown): string {
  if (typeof value === 'string') return value
  const [name, argument] = Object.entries(value as object)[0] ?? []
  if (name === 'Ref') return `<${argument}>`
  if (name === 'Fn::GetAtt') return `<${argument.join('.')}>`
  if (name === 'Fn::Join') return argument[1].map(asReported).join(argument[0])
  throw new TypeError(`an ARN made by ${name} has no name in reports`)
}
