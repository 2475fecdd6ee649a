import type { Step } from './state-machines/definition.ts'

/** Every function: those that the state machines call, and the one that is made where a dataset has exports. */
export type FunctionName = Step | 'Export'
