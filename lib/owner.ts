import type { Dataset } from './config.ts'
import { DaysealError } from './errors.ts'

/** Who may have written something: a dataset, by its name or one that it had. */
export type Owner = Pick<Dataset, 'name' | 'formerly'>

export function isOf({ name, formerly }: Owner, dataset: string): boolean {
  return dataset === name || formerly.includes(dataset)
}

/**
 * @param what is found, as the beginning of a sentence
 * @throws DaysealError `usage` when it says that it is of another dataset
 */
export function refuseOther(owner: Owner, dataset: string, what: string): void {
  if (isOf(owner, dataset)) return
  throw new DaysealError('usage', `${what} is of another dataset`, {
    seen: `dataset ${dataset}`,
    wanted: [owner.name, ...owner.formerly].join(' or '),
    hint: takeOver(owner, dataset),
  })
}

/** What to do where something is of `dataset`, and another is to go on with it. */
export function takeOver({ name, formerly }: Owner, dataset: string): string {
  const names = [...formerly, dataset].map((one) => `'${one}'`).join(', ')
  const unnamed = dataset === DEFAULT_NAME ? ` (${dataset} is what a dataset without a configuration is called)` : ''
  return `if ${dataset}${unnamed} was renamed: formerly: [${names}] in the configuration of ${name}; without a configuration, --dataset ${dataset} goes on under that name; otherwise give ${name} places of its own`
}

/** Of a dataset that was given no name. */
export const DEFAULT_NAME = 'default'
