const LONGEST = 60

/** A text in a message, no longer than a line of a terminal. */
export function shown(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)
}
