/** Hours of a day, "00" to "23" and in order, as people read them: `00–03, 07`. */
export function hourRanges(hours: readonly string[]): string {
  const runs: [string, string][] = []
  for (const hour of hours) {
    const run = runs.at(-1)
    if (run !== undefined && Number(run[1]) + 1 === Number(hour)) run[1] = hour
    else runs.push([hour, hour])
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}–${last}`)).join(', ')
}
