import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from './context.ts'
import { showProgress } from './progress.ts'
import type { DeployedSystem } from './remote/deployed-system.ts'
import { type ExecutionEnd, followExecution } from './remote/execution.ts'
import type { RemoteDataset } from './remote-choice.ts'

/** Shows how far an execution comes, until its end. Whatever ends this earlier leaves the execution as it is, and says so. */
export async function watchExecution(
  { name, system }: RemoteDataset,
  arn: string,
  about: string,
  context: Context,
): Promise<ExecutionEnd> {
  const { signal, stderr } = context
  const progress = await showProgress(context, about)
  let isOver = false
  try {
    const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal })
    const end = await followExecution(system, arn, { signal, onStep: (step) => progress.update(step), pause })
    isOver = true
    return end
  } finally {
    progress.stop()
    if (!isOver) stderr.print([`dayseal: ${about}: ${goesOn(arn, name, system)}`])
  }
}

function goesOn(arn: string, dataset: string, { stack, region }: DeployedSystem): string {
  const status = `dayseal status --remote --stack ${stack} --dataset ${dataset}`
  const describe = `aws stepfunctions describe-execution --region ${region} --execution-arn ${arn}`
  return `no longer watched; the execution goes on. Look again: ${status}, or ${describe}`
}
