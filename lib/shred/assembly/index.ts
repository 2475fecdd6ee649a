import { Column } from './column-fields'
import { SLACK } from './text'

export { clearColumn, freeColumns, newColumn, pushBool, pushBytes, pushDouble, pushInteger, pushKey, pushLevels } from './column'
export { reserveLevels, rollback, widenToDouble } from './column'
export { freePlan, newNode, planAlloc, setChildren, setColumns, setLiteral } from './plan'
export { rowFill, scannedTo, scanRows, setLimits } from './row'
export { newCounts } from './tally'

/** Memory that is used again for one thing after another. */
@unmanaged
class Room {
  at: usize
  capacity: i32
}

function newRoom(): Room {
  const room = changetype<Room>(heap.alloc(offsetof<Room>()))
  room.at = 0
  room.capacity = 0
  return room
}

function reserve(room: Room, bytes: i32): usize {
  if (bytes + SLACK > room.capacity) {
    const capacity = max(bytes + SLACK, room.capacity * 2)
    if (room.at != 0) heap.free(room.at)
    room.at = 0
    room.capacity = 0
    room.at = heap.alloc(capacity)
    room.capacity = capacity
  }
  return room.at
}

/** Where lines lie while they are scanned. */
const input = newRoom()
/** Where texts of elsewhere are handed over. */
const stage = newRoom()

/** Room for so many bytes and one more. What was there is gone. */
export function reserveInput(bytes: i32): usize {
  return reserve(input, bytes)
}

/** Room for so many bytes, apart from the input. What was there is gone. */
export function reserveStage(bytes: i32): usize {
  return reserve(stage, bytes)
}

/** Where the fields that the outside reads lie in a column: see `FIELD` of lib/shred/column.ts. */
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
