import type { Step } from './state-machines/definition.ts'

/**
 * Every function: those that the state machines call, and those that are made where a dataset has uploads, exports, or a
 * policy for its old source files.
 */
export type FunctionName = Step | 'Partition' | 'Export' | 'Offload'
