export { renderRows, renderedRows } from './rows'

/** Where memory that nobody uses begins. */
export function freeMemory(): usize {
  return __heap_base
}
