import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Invocation {
  readonly requestId: string
  readonly event: unknown
  readonly timeoutMs: number
}

export type InvocationResult =
  | { readonly kind: 'answered'; readonly payload: string }
  /** `error`: the error's name, which state machines match. `cause`: JSON, as Lambda gives it. */
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string }

export interface FunctionSettings {
  readonly name: string
  /** The bundle: one ES module that exports `handler`. */
  readonly bundle: string
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

export interface LambdaFunction {
  /** Runs in a process that is free, or in a new one. `timeoutMs`: less time than the function is given otherwise. */
  invoke(event: unknown, timeoutMs?: number): Promise<InvocationResult>
  /** What the processes wrote on stdout and stderr: the function's log. */
  readonly log: readonly string[]
  close(): Promise<void>
}

/** Invocations beyond this wait for a process: starting one takes longer than what tests let it do. */
const MOST_PROCESSES = 2

/**
 * A function in processes of its own, one invocation at a time in each, as Lambda runs it. One that takes longer than its
 * limit is killed, as Lambda does.
 */
export function createFunction({ name, bundle, environment, timeoutMs }: FunctionSettings): LambdaFunction {
  const all = new Set<Host>()
  const idle: Host[] = []
  const log: string[] = []
  const free = createPermits(MOST_PROCESSES)
  let requests = 0

  async function start(): Promise<Host> {
    const host = startHost(name, bundle, environment, (text) => log.push(text))
    all.add(host)
    host.exited.then(() => all.delete(host))
    if ((await Promise.race([once(host.child, 'message'), host.exited])) === undefined) {
      throw new Error(`${name} did not start:\n${log.join('')}`)
    }
    return host
  }

  return {
    log,
    async invoke(event, limit = timeoutMs) {
      await free.acquire()
      try {
        const host = idle.pop() ?? (await start())
        const result = await resultOf(host, { requestId: `${name}-${++requests}`, event, timeoutMs: limit })
        if (all.has(host)) idle.push(host)
        return result
      } finally {
        free.release()
      }
    },
    async close() {
      const hosts = [...all]
      for (const { child } of hosts) child.kill('SIGKILL')
      await Promise.all(hosts.map(({ exited }) => exited))
    },
  }
}

/** Hands out so many permits; who asks for more waits for its turn. */
function createPermits(count: number) {
  const waiting: (() => void)[] = []
  let left = count
  return {
    async acquire(): Promise<void> {
      if (left > 0) left--
      else await new Promise<void>((resolve) => waiting.push(resolve))
    },
    release(): void {
      const next = waiting.shift()
      if (next === undefined) left++
      else next()
    },
  }
}

interface Host {
  readonly child: ChildProcess
  readonly exited: Promise<void>
}

function startHost(
  name: string,
  bundle: string,
  environment: Readonly<Record<string, string>>,
  onText: (text: string) => void,
): Host {
  const child = fork(join(import.meta.dirname, 'lambda-host.ts'), [bundle], {
    env: { ...environment, AWS_LAMBDA_FUNCTION_NAME: name },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => onText(text.toString()))
  return { child, exited: once(child, 'exit').then(() => undefined) }
}

async function resultOf({ child, exited }: Host, invocation: Invocation): Promise<InvocationResult> {
  const timer = setTimeout(() => child.kill('SIGKILL'), invocation.timeoutMs)
  try {
    child.send(invocation)
    return await Promise.race([
      once(child, 'message').then(([result]) => result as InvocationResult),
      exited.then(() => timedOut(invocation)),
    ])
  } finally {
    clearTimeout(timer)
  }
}

function timedOut({ requestId, timeoutMs }: Invocation): InvocationResult {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`
  return { kind: 'failed', error: 'Sandbox.Timedout', cause: JSON.stringify({ errorMessage }) }
}
