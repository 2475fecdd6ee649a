import { randomUUID } from 'node:crypto'
import { CommanderError } from 'commander'
import { DaysealError } from '../lib/errors.ts'
import type { Context, Result } from './context.ts'
import { errorJson, reportError } from './error-report.ts'
import { exitCodeFor } from './exit-code.ts'
import { abortOnSignals } from './interrupt.ts'
import { outputTo } from './output.ts'
import { resolveOwnPackage } from './own-package.ts'
import { createProgram } from './program.ts'

/** The command: reads what belongs to the process (arguments, clock, streams, signals) once, and sets the exit code. */
export async function main(): Promise<void> {
  ignoreClosedPipe(process.stdout)
  ignoreClosedPipe(process.stderr)
  resolveOwnPackage()
  const context: Context = {
    now: new Date(),
    clock: () => new Date(),
    newId: () => randomUUID().replaceAll('-', ''),
    elapsed: () => performance.now(),
    cwd: process.cwd(),
    ...abortOnSignals(process),
    stdout: outputTo(process.stdout),
    stderr: outputTo(process.stderr),
  }
  const exit = guardProcess(context)
  process.exitCode = await run(process.argv.slice(2), context)
  for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write('', done))
  // What a configuration has left running would keep the process.
  exit()
}

/**
 * A configuration is others' code, and may leave something running: what fails there later, or would end the process, must
 * not pass for the command's end. Gives what ends it.
 */
function guardProcess({ stderr }: Context): () => never {
  const exit = process.exit.bind(process)
  process.exit = () => {
    throw new Error('process.exit was called by something that the configuration has left running')
  }
  process.on('uncaughtException', (error) => {
    // While a configuration is loaded, that has a handler of its own.
    if (process.listenerCount('uncaughtException') > 1) return
    reportError(stderr, error, process.argv.includes('--verbose'), 'outside of the command')
    exit(70)
  })
  return exit
}

/** Runs the command that the arguments say, prints what it comes to, and returns its exit code. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { exitCode, json } = await resultOf(args, context)
  if (args.includes('--json') && json !== undefined) context.stdout.printJson(JSON.stringify(json, null, 2))
  if (exitCode > 128) context.stderr.print(['dayseal: stopped before the end; what was sealed before is as it was'])
  return exitCode
}

/** `json` is undefined when there is no result to print: help and version. */
async function resultOf(
  args: readonly string[],
  context: Context,
): Promise<Partial<Result> & Pick<Result, 'exitCode'>> {
  const results: Result[] = []
  try {
    await createProgram(context, (result) => results.push(result)).parseAsync(args, { from: 'user' })
    return results[0] ?? { exitCode: 0 }
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { exitCode: 0 }
    const fault = error instanceof CommanderError ? new DaysealError('usage', usageMessage(error)) : error
    const exitCode = exitCodeFor(fault, context.signal)
    if (exitCode < 128) reportError(context.stderr, fault, args.includes('--verbose'))
    return { exitCode, json: { exit_code: exitCode, error: errorJson(fault) } }
  }
}

/** Commander's messages start with `error: `, and put the nearest name on a line of its own. */
function usageMessage(error: CommanderError): string {
  if (error.code === 'commander.help') return 'no command was given'
  return error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
}

/** A reader that has seen enough (`dayseal status | head`) is no fault. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
