import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../lib/config.ts'
import { type ExportEvent, exportEvents } from '../../../lib/export/export-dataset.ts'
import { parseExport } from '../../../lib/export/parse-settings.ts'
import { thrownBy } from '../../thrown.ts'
import { exportedKeys, sealedPlace } from './sealed-place.ts'

const DAY = '2025-03-14'

async function place() {
  const sealed = await sealedPlace()
  await sealed.seal(
    DAY,
    Array.from({ length: 5000 }, (_, id) => ({ id })),
  )
  const config = { datasets: { app: { archive: { location: sealed.root }, out: sealed.out } } }
  const dataset = parseConfig(config, 'the test').get('app')!
  const settings = parseExport({ formats: ['ndjson'], batchSize: 100 }, 'the test')
  const { clock, newId } = sealed
  return { sealed, options: { dataset, settings, dates: [DAY], clock, newId, scratch: sealed.root } }
}

describe("an export's events", () => {
  it('tell how far it is, and end with what came of it', async () => {
    const { sealed, options } = await place()
    const events: ExportEvent[] = []
    for await (const event of exportEvents(options)) events.push(event)
    const last = events.pop()!
    expect(last.kind === 'ended' && last.outcome.run).toMatchObject({ outcome: 'exported', rows_out: 5000 })
    const done = events.flatMap((event) => (event.kind === 'progress' ? [event.done] : []))
    expect(done.length).toBeGreaterThan(1)
    expect(done).toEqual([...done].sort((a, b) => a - b))
    expect(done.at(-1)).toBe(5000)
    expect(await exportedKeys(sealed)).toHaveLength(2)
  })

  it('end the export when nobody reads on', async () => {
    const { sealed, options } = await place()
    for await (const event of exportEvents(options)) if (event.kind === 'progress') break
    expect(await exportedKeys(sealed)).toEqual([])
  })

  it('throw what the export throws', async () => {
    const { options } = await place()
    const reading = async () => {
      for await (const _ of exportEvents({ ...options, dates: ['2025-03-15'] }));
    }
    expect((await thrownBy(reading)).code).toBe('guard')
  })
})
