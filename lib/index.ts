/** The public API: the use cases that the command runs, for programs. docs/library.md shows them at work. */

export { type Config, type Dataset, defineConfig } from './config.ts'
export { DaysealError, type ErrorCode, exitCodeOf } from './errors.ts'
export type { Progress } from './progress.ts'
export type { Manifest } from './seal/manifest.ts'
export { type SealOptions, type SealOutcome, seal } from './seal/seal.ts'
