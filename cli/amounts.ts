/** Numbers as people read them. */

/** A whole number: 20002 → `20,002`. */
export function count(n: number): string {
  // Not by Intl: its data takes 25 ms to load.
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 row`, `2 rows`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** 1234567 → `1.2 MB` (powers of 1,000). */
export function bytes(n: number): string {
  const power = n < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3))
  return power === 0 ? `${n} B` : `${(n / 1_000 ** power).toFixed(1)} ${UNITS[power]}`
}

/** 0.4567 → `45.7 %`. Neither 0 nor 100 unless it is so. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %'
  if (share < 1 && share >= 0.9995) return '>99.9 %'
  return `${(share * 100).toFixed(1)} %`
}
