/** How often a property is tried: `DAYSEAL_PROPERTY_RUNS=20` tries it twenty times as often. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * Number(process.env.DAYSEAL_PROPERTY_RUNS ?? 1)) }
}
