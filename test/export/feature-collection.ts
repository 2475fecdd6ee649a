import { check } from '@placemarkio/check-geojson'
import type { Feature } from 'geojson'
import { expect } from 'vitest'
import { geojson } from '../../lib/export/formats/geojson.ts'
import { type ExportedRows, exported } from './exported.ts'

export interface Collection {
  /** Without the comma. */
  readonly lines: readonly string[]
  readonly features: readonly Feature[]
  readonly leftOut: Readonly<Record<string, number>>
}

/** Rows as the format `geojson` writes them: valid GeoJSON, a feature per line. */
export async function collection(options: Readonly<Record<string, unknown>>, rows: ExportedRows): Promise<Collection> {
  const { text, written } = await exported(geojson, { format: 'geojson', ...options }, rows)
  const value = check(text)
  if (value.type !== 'FeatureCollection') throw new Error(value.type)
  const [head, ...lines] = text.split('\n')
  expect(head).toBe('{"type":"FeatureCollection","features":[')
  expect(lines.slice(-2)).toEqual([']}', ''])
  expect(lines).toHaveLength(value.features.length + 2)
  expect(written.rows).toBe(value.features.length)
  const { features } = JSON.parse(text) as { features: Feature[] }
  return { lines: lines.slice(0, -2).map((line) => line.replace(/,$/, '')), features, leftOut: written.leftOut }
}
