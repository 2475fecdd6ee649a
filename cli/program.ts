import { Command } from 'commander'
import { VERSION } from '../lib/version.ts'
import { archiveCommand } from './commands/archive.ts'
import { exportCommand } from './commands/export.ts'
import { exportsCommand } from './commands/exports.ts'
import { offloadCommand } from './commands/offload.ts'
import { partitionCommand } from './commands/partition.ts'
import { schemaCommand } from './commands/schema.ts'
import { sealCommand } from './commands/seal.ts'
import { statusCommand } from './commands/status.ts'
import { verifyCommand } from './commands/verify.ts'
import type { Context, Result } from './context.ts'

/** A command of the program: declares its options, and hands over what it came to. */
export type AddCommand = (program: Command, context: Context, onResult: (result: Result) => void) => void

const COMMANDS: readonly AddCommand[] = [
  sealCommand,
  verifyCommand,
  exportCommand,
  exportsCommand,
  statusCommand,
  schemaCommand,
  archiveCommand,
  offloadCommand,
  partitionCommand,
]

export function createProgram(context: Context, onResult: (result: Result) => void): Command {
  const program = new Command('dayseal')
    .description('Seals hourly JSONL log files into one complete, checkable Parquet dataset per UTC day.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.print(linesOf(text)),
      writeErr: (text) => context.stderr.print(linesOf(text)),
      // Errors are reported in one place, by `main`.
      outputError: () => {},
    })
    .addHelpText('after', HELP_AFTER)
  for (const add of COMMANDS) add(program, context, onResult)
  return program
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n')
}

const HELP_AFTER = `
Every command takes --archive LOC --out LOC, or reads dayseal.config.ts in this folder.
With no day given, it is about yesterday (UTC).

Examples:
  $ dayseal seal --archive ./logs --out ./sealed --date 2025-03-14
  $ dayseal verify --out ./sealed --date 2025-03-14
  $ dayseal status --archive ./logs --out ./sealed
  $ dayseal seal --remote --date 2025-03-14      (the deployed system: docs/deploy.md)

Exit codes:
  0 done   1 verification failed   2 wrong call or configuration   3 refused by a guard
  4 bad source   5 storage   6 another seal was faster   130 interrupted`
