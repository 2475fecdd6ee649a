import type { Command } from 'commander'
import * as z from 'zod'
import { DaysealError } from '../lib/errors.ts'
import { type CommonFlags, once } from './flags.ts'

export const remoteFlags = { remote: z.boolean().default(false), stack: z.string().optional() }

export type RemoteFlags = CommonFlags & { readonly remote: boolean; readonly stack?: string | undefined }
export type SealRemoteFlags = RemoteFlags & { readonly wait: boolean }
export type VerifyRemoteFlags = RemoteFlags & { readonly source: boolean }

export function addRemoteFlags(command: Command, what: string): Command {
  return command
    .optionsGroup('On AWS:')
    .option('--remote', what)
    .addOption(once('--stack <NAME>', 'the stack of the deployed system (default: as deployment.name says)'))
}

/** What the deployed configuration decides. */
const PLACES = ['archive', 'out', 'endpoint', 'layout'] as const

/** Whether the deployed system is to do it. Throws `usage` for options that only it, or only this machine, has a use for. */
export function isRemote(flags: RemoteFlags, locals: Readonly<Record<string, unknown>>): boolean {
  if (!flags.remote) {
    if (flags.stack === undefined) return false
    throw new DaysealError('usage', '--stack is given without --remote', { wanted: 'both, or neither' })
  }
  const given = (value: unknown) => value !== undefined && value !== false
  const place = PLACES.find((name) => given(flags[name]))
  const local = place ?? Object.keys(locals).find((name) => given(locals[name]))
  if (local === undefined) return true
  const flag = `--${local.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw new DaysealError('usage', `${flag} is given with --remote`, {
    wanted: 'one of them: the deployed system goes by its own configuration',
  })
}
