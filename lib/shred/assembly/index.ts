import { Column } from './column'
import { SLACK } from './text'

export { clearColumn, freeColumns, newColumn, pushBool, pushBytes, pushDouble, pushInteger, pushKey, pushLevels } from './column'
export { reserveLevels, rollback, widenToDouble } from './column'
export { freePlan, newNode, planAlloc, setChildren, setColumns, setLiteral } from './plan'
export { rowFill, scannedTo, scanRows, setLimits } from './row'
export { newCounts } from './tally'

/** Where lines lie while they are scanned. */
let input: usize = 0
let inputCapacity: i32 = 0

/** Room for so many bytes and one more. What was there is gone. */
export function reserveInput(bytes: i32): usize {
  if (bytes + SLACK > inputCapacity) {
    if (input != 0) heap.free(input)
    input = 0
    inputCapacity = 0
    input = heap.alloc(bytes + SLACK)
    inputCapacity = bytes + SLACK
  }
  return input
}

/** Where texts of elsewhere are handed over. */
let stage: usize = 0
let stageCapacity: i32 = 0

/** Room for so many bytes, apart from the input. What was there is gone. */
export function reserveStage(bytes: i32): usize {
  if (bytes + SLACK > stageCapacity) {
    if (stage != 0) heap.free(stage)
    stage = 0
    stageCapacity = 0
    stage = heap.alloc((bytes + SLACK) * 2)
    stageCapacity = (bytes + SLACK) * 2
  }
  return stage
}

/** Where the fields that the outside reads lie in a column: see `FIELDS` of lib/shred/engine.ts. */
export function columnField(field: i32): i32 {
  switch (field) {
    case 0:
      return offsetof<Column>('entries')
    case 1:
      return offsetof<Column>('rows')
    case 2:
      return offsetof<Column>('count')
    case 3:
      return offsetof<Column>('definition')
    case 4:
      return offsetof<Column>('repetition')
    case 5:
      return offsetof<Column>('values')
    case 6:
      return offsetof<Column>('dictionaryCount')
    case 7:
      return offsetof<Column>('bytes')
    case 8:
      return offsetof<Column>('offsets')
    case 9:
      return offsetof<Column>('distinct')
    case 10:
      return offsetof<Column>('rolledBack')
    default:
      return -1
  }
}
