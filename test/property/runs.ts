/**
 * How often a property is tried. To look harder:
 * `DAYSEAL_PROPERTY_RUNS=20 npx vitest run test/property --testTimeout=3600000` tries each twenty times as often.
 */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * Number(process.env.DAYSEAL_PROPERTY_RUNS ?? 1)) }
}
