import { type ApiAnswer, type ApiServer, startApi } from './aws-api.ts'

export interface DescribedStack {
  readonly status: string
  readonly outputs: ReadonlyMap<string, string>
}

/** CloudFormation's DescribeStacks (query protocol), of stacks by their names. `denied`: who is not allowed to ask. */
export function startCloudFormation(
  stacks: ReadonlyMap<string, DescribedStack>,
  denied: (accessKey: string) => boolean = () => false,
): Promise<ApiServer> {
  return startApi(async ({ headers, body }) => {
    const query = new URLSearchParams(body)
    const name = query.get('StackName') ?? ''
    if (denied(/Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '')) {
      return refused(403, 'AccessDenied', 'User is not authorized to perform: cloudformation:DescribeStacks')
    }
    if (query.get('Action') !== 'DescribeStacks') return refused(400, 'InvalidAction', 'There is no such action here')
    const stack = stacks.get(name)
    return stack === undefined
      ? refused(400, 'ValidationError', `Stack with id ${name} does not exist`)
      : answered(200, described(name, stack))
  })
}

function described(name: string, { status, outputs }: DescribedStack): string {
  const members = [...outputs].map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  )
  const facts = `<StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-11-22T00:00:00Z</CreationTime>`
  const stack = `<member>${facts}<Outputs>${members.join('')}</Outputs></member>`
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>`
}

function refused(status: number, code: string, message: string): ApiAnswer {
  return answered(
    status,
    `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  )
}

function answered(status: number, body: string): ApiAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body }
}
