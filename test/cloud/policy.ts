import * as z from 'zod'
import type { Stacks } from './template.ts'

/*
 * What a role may do, from the policies of the synthesized template. Only what is used there is understood: an operator
 * that is not is an error.
 */

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())])
const statementSchema = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).optional(),
})
const policySchema = z.object({
  PolicyDocument: z.object({ Statement: z.array(statementSchema) }),
  Roles: z.array(z.string()).optional(),
})

export type Statement = z.infer<typeof statementSchema>

/** One call of the AWS API: `s3:GetObject` on an ARN, with the condition keys that the request sets. */
export interface ApiCall {
  readonly action: string
  readonly resource: string
  readonly keys: Readonly<Record<string, string>>
}

/** The statements of a role, by its name: inline policies, and policies that name it. */
export function statementsOf(stacks: Stacks, role: string): readonly Statement[] {
  const attached = stacks
    .ofType('AWS::IAM::Policy')
    .map(({ properties }) => policySchema.parse(properties))
    .filter(({ Roles }) => Roles?.includes(role))
  const inline = stacks
    .ofType('AWS::IAM::Role')
    .filter(({ id, properties }) => (properties.RoleName ?? id) === role)
    .flatMap(({ properties }) => z.array(policySchema).parse(properties.Policies ?? []))
  return [...attached, ...inline].flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

/** Whether some statement allows the call and none denies it. */
export function isGranted(statements: readonly Statement[], call: ApiCall): boolean {
  const applying = statements.filter((statement) => applies(statement, call))
  return applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny')
}

function applies({ Action, Resource, Condition = {} }: Statement, call: ApiCall): boolean {
  return (
    Action.some((action) => like(action.toLowerCase(), call.action.toLowerCase())) &&
    Resource.some((resource) => like(resource, call.resource)) &&
    Object.entries(Condition).every(([operator, wanted]) => holds(operator, wanted, call.keys))
  )
}

function holds(operator: string, wanted: Readonly<Record<string, readonly string[]>>, keys: ApiCall['keys']): boolean {
  const compare = OPERATORS[operator]
  if (compare === undefined) throw new Error(`the local cloud does not know the condition operator ${operator}`)
  return Object.entries(wanted).every(([key, patterns]) => {
    const seen = keys[key]
    return seen !== undefined && patterns.some((pattern) => compare(pattern, seen))
  })
}

const OPERATORS: Readonly<Record<string, (pattern: string, seen: string) => boolean>> = {
  StringEquals: (pattern, seen) => pattern === seen,
  StringLike: like,
  ArnLike: like,
}

/** `*` is any run of characters, `?` one. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}
