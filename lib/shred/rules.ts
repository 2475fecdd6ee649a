import type { Override } from '../config.ts'
import { matchPath, type PathStep, parsePath } from '../path-pattern.ts'
import type { Schema } from './type.ts'

export type OverrideKind = 'map' | 'struct' | 'json' | 'drop' | 'timestamp'

/** What the configuration says of a path. */
export interface PathRule {
  readonly as: OverrideKind | undefined
  readonly rename: string | undefined
}

/** The part of a dataset's configuration that shapes columns. */
export interface ShredRules {
  readonly ruleAt: (path: readonly PathStep[]) => PathRule
  /** Strict mode: the declared columns. A row that does not fit is quarantined. */
  readonly declared: Schema | undefined
}

const NO_RULE: PathRule = { as: undefined, rename: undefined }

/** Later overrides win over earlier ones that match the same path, member by member. */
export function compileRules(overrides: Readonly<Record<string, Override>>, declared: Schema | undefined): ShredRules {
  const compiled = Object.entries(overrides).map(([path, override]) => ({
    pattern: parsePath(path),
    rule: typeof override === 'string' ? { as: override, rename: undefined } : override,
  }))
  const ruleAt = (path: readonly PathStep[]): PathRule =>
    compiled.reduce(
      (found, { pattern, rule }) =>
        matchPath(pattern, path) ? { as: rule.as ?? found.as, rename: rule.rename ?? found.rename } : found,
      NO_RULE,
    )
  return { ruleAt, declared }
}
