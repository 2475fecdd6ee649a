import type { Override } from '../config.ts'
import { matchPath, type PathStep, parsePath, reachesInto } from '../path-pattern.ts'
import type { TimeForm } from '../time/time-form.ts'
import type { Schema } from './type.ts'

/** What a value is whatever it looks like; one that cannot be it is quarantined. */
export type ScalarOverride = 'string' | 'int64' | 'double'
export type OverrideKind = 'map' | 'struct' | 'json' | 'drop' | 'timestamp' | ScalarOverride

/** What the configuration says of a path. */
export interface PathRule {
  readonly as: OverrideKind | undefined
  readonly rename: string | undefined
  /** How the times of a timestamp are written. */
  readonly form: TimeForm | undefined
}

/**
 * What a text that is plainly a time becomes, where no rule says it: `text` stays text; with `detect` a path is a timestamp
 * on a day on which every text there is one. `as-base`: what the base schema says, which was found so before.
 */
export type TimesRule = 'text' | 'detect' | 'as-base'

/** The part of a dataset's configuration that shapes columns. */
export interface ShredRules {
  readonly ruleAt: (path: readonly PathStep[]) => PathRule
  /** Whether the configuration says something of a path, or of one inside it. */
  readonly isRuled: (path: readonly PathStep[]) => boolean
  /** Strict mode: the declared columns. A row that does not fit is quarantined. */
  readonly declared: Schema | undefined
  readonly times: TimesRule
}

export function isScalarOverride(as: OverrideKind | undefined): as is ScalarOverride {
  return as === 'string' || as === 'int64' || as === 'double'
}

const NO_RULE: PathRule = { as: undefined, rename: undefined, form: undefined }

/** Later overrides win over earlier ones that match the same path, member by member. */
export function compileRules(
  overrides: Readonly<Record<string, Override>>,
  declared: Schema | undefined,
  times: TimesRule = 'text',
): ShredRules {
  const compiled = Object.entries(overrides).map(([path, override]) => ({
    pattern: parsePath(path),
    rule: ruleOf(override),
  }))
  const ruleAt = (path: readonly PathStep[]): PathRule =>
    compiled.reduce(
      (found, { pattern, rule }) =>
        matchPath(pattern, path)
          ? { as: rule.as ?? found.as, rename: rule.rename ?? found.rename, form: rule.form ?? found.form }
          : found,
      NO_RULE,
    )
  const isRuled = (path: readonly PathStep[]) => compiled.some(({ pattern }) => reachesInto(pattern, path))
  return { ruleAt, isRuled, declared, times }
}

function ruleOf(override: Override): PathRule {
  if (typeof override === 'string') return { ...NO_RULE, as: override }
  const { timestamp, as, rename } = override
  return { as: timestamp === undefined ? as : 'timestamp', rename, form: timestamp }
}
