const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Whether a JSON text has objects and lists in each other deeper than `maxDepth`. Of texts with no more than so many
 * brackets, nearly all, the bytes are not looked at one by one.
 */
export function isDeeper(json: Buffer, maxDepth: number): boolean {
  return hasMoreBrackets(json, maxDepth) && depthOf(json) > maxDepth
}

/** Brackets in strings count too. */
function hasMoreBrackets(json: Buffer, most: number): boolean {
  let count = 0
  for (const bracket of [0x7b, 0x5b]) {
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1)) if (++count > most) return true
  }
  return false
}

function depthOf(json: Buffer): number {
  let deepest = 0
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!
    if (byte === QUOTE) {
      for (at++; at < json.length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++
    } else if ((byte | 0x20) === 0x7b) deepest = Math.max(deepest, ++depth)
    else if ((byte | 0x20) === 0x7d) depth--
  }
  return deepest
}
