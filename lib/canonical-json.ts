export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * The one way in which Dayseal writes JSON that is hashed: keys sorted by UTF-16 code units (as RFC 8785 sorts them),
 * two spaces of indent, a newline at the end. Members that are undefined are left out. Equal values give equal bytes.
 */
export function canonicalJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${write(value as Json, '\n')}\n`)
}

function write(value: Json, newline: string): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`JSON has no ${value}`)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const inner = `${newline}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[${inner}${value.map((item) => write(item, inner)).join(`,${inner}`)}${newline}]`
  }
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const item = (value as { [key: string]: Json | undefined })[key]
    if (item !== undefined) members.push(`${JSON.stringify(key)}: ${write(item, inner)}`)
  }
  return members.length === 0 ? '{}' : `{${inner}${members.join(`,${inner}`)}${newline}}`
}
