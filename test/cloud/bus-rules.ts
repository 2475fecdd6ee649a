import * as z from 'zod'
import { type BusEvent, matches } from './event-bus.ts'
import type { Stacks } from './template.ts'

const ruleSchema = z.object({
  EventBusName: z.string(),
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.literal('ENABLED'),
  Targets: z.array(
    z.object({
      Arn: z.string(),
      InputTransformer: z
        .object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() })
        .optional(),
    }),
  ),
})
const permissionSchema = z.object({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.string(),
  Principal: z.literal('events.amazonaws.com'),
  SourceArn: z.string(),
})

/** What the rules of our bus give an event to: functions and queues. Throws where a function does not let a rule call it. */
export function targetsOf(
  stacks: Stacks,
  event: BusEvent,
): readonly { readonly arn: string; readonly input: unknown }[] {
  const permissions = stacks
    .ofType('AWS::Lambda::Permission')
    .map(({ properties }) => permissionSchema.parse(properties))
  return stacks
    .ofType('AWS::Events::Rule')
    .filter(({ properties }) => properties.EventBusName !== undefined)
    .map(({ arn, properties }) => ({ ruleArn: arn, ...ruleSchema.parse(properties) }))
    .filter(({ EventPattern }) => matches(EventPattern, event))
    .flatMap(({ ruleArn, Targets }) =>
      Targets.map(({ Arn, InputTransformer }) => {
        if (InputTransformer === undefined) return { arn: Arn, input: event }
        const { InputPathsMap, InputTemplate } = InputTransformer
        if (!permissions.some(({ FunctionName, SourceArn }) => FunctionName === Arn && SourceArn === ruleArn))
          throw new Error(`${Arn} may not be called by ${ruleArn}`)
        const input = InputTemplate.replace(/<([^>]+)>/g, (_, name: string) => valueAt(InputPathsMap[name], event))
        return { arn: Arn, input: JSON.parse(input) }
      }),
    )
}

/** JSON of what a path such as `$.detail.date` leads to. */
function valueAt(path: string | undefined, event: BusEvent): string {
  const names = path?.split('.').slice(1) ?? []
  const value = names.reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>>)[name], event)
  if (value === undefined) throw new Error(`an event has no ${path}`)
  return JSON.stringify(value)
}
