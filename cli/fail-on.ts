import { DaysealError } from '../lib/errors.ts'
import { nearestHint } from '../lib/nearest-name.ts'
import { counted } from './amounts.ts'

/** The states that `--fail-on` names, separated by commas. Throws `usage` for a name that is not of `known`. */
export function parseFailOn<State extends string>(text: string | undefined, known: readonly State[]): readonly State[] {
  if (text === undefined) return []
  const names = text.split(',').map((name) => name.trim())
  return names.map((name) => known.find((state) => state === name) ?? refuse(name, known))
}

function refuse(name: string, known: readonly string[]): never {
  throw new DaysealError('usage', '--fail-on names a state that no day can be in', {
    seen: JSON.stringify(name),
    wanted: known.join(', '),
    ...nearestHint(name, known),
  })
}

/** A day that a command fails on. `text`: its state, and what else there is to say of it. */
export interface FailingDay {
  readonly date: string
  readonly text: string
}

const SHOWN = 10

/** One line about the days of a dataset that a command fails on. */
export function failingLine(dataset: string, days: readonly FailingDay[]): string {
  const named = days.slice(0, SHOWN).map(({ date, text }) => `${date} ${text}`)
  const more = days.length > SHOWN ? [`and ${days.length - SHOWN} more`] : []
  return `dayseal: ${dataset}: fails on ${counted(days.length, 'day')}: ${[...named, ...more].join('; ')}`
}
