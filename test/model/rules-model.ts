import type { Override } from '../../lib/config.ts'

/* Overrides as the model reads them: patterns as steps, so that no code that reads paths is shared. */

export type Step = { readonly name: string } | 'any' | 'element'

export interface RuleModel {
  readonly pattern: readonly Step[]
  readonly as: 'map' | 'struct' | 'json' | 'drop' | 'timestamp' | 'string' | 'int64' | 'double' | undefined
  readonly rename: string | undefined
}

export type RulesAt = (path: readonly Step[]) => Omit<RuleModel, 'pattern'>

const NO_RULE = { as: undefined, rename: undefined }
export const NO_RULES: RulesAt = () => NO_RULE

/** Of several rules for one path the last wins. */
export function rulesModel(rules: readonly RuleModel[]): RulesAt {
  return (path) =>
    rules.reduce<Omit<RuleModel, 'pattern'>>(
      (found, rule) =>
        covers(rule.pattern, path) ? { as: rule.as ?? found.as, rename: rule.rename ?? found.rename } : found,
      NO_RULE,
    )
}

function covers(pattern: readonly Step[], path: readonly Step[]): boolean {
  return pattern.length === path.length && pattern.every((wanted, i) => coversStep(wanted, path[i]!))
}

function coversStep(wanted: Step, step: Step): boolean {
  if (wanted === 'any') return step !== 'element'
  if (wanted === 'element' || step === 'element') return wanted === step
  return step !== 'any' && step.name === wanted.name
}

/** The rules as a configuration has them. */
export function overridesOf(rules: readonly RuleModel[]): Record<string, Override> {
  const plain = ({ as, rename }: RuleModel): Override => {
    if (rename === undefined) return as ?? {}
    return as === undefined ? { rename } : { as, rename }
  }
  return Object.fromEntries(rules.map((rule) => [pathText(rule.pattern), plain(rule)]))
}

export function pathText(steps: readonly Step[]): string {
  return steps.map((step, i) => (step === 'element' ? '[]' : `${i === 0 ? '' : '.'}${nameText(step)}`)).join('')
}

function nameText(step: Exclude<Step, 'element'>): string {
  if (step === 'any') return '*'
  return step.name === '' ? '\\e' : step.name.replace(/[.*[\\]/g, (char) => `\\${char}`)
}
