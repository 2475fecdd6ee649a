export { encodeDelta } from './delta'
export { encodeHybridBytes, encodeHybridWords, packBytes } from './hybrid'
export { endOfPage, rowsOfPage, valuesOfPage } from './pages'
export { findBounds, firstEntry, gatherStrings, lastEntry, lengthsOf, listStrings } from './strings'
export { addDistinct, maxDouble, maxInteger, minDouble, minInteger, startDistinct } from './words'

/** Where memory that nobody uses begins. */
export function freeMemory(): usize {
  return __heap_base
}
