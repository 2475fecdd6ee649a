import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseConfig, parseDeployment } from '../lib/config.ts'
import { loadConfig, loadDeployment } from '../lib/load-config.ts'
import { temporaryFolder } from './cli/dayseal.ts'
import { thrownBy } from './thrown.ts'

const datasets = { app: { archive: { location: './in' }, out: './out' } }

describe('the deployment of a configuration', () => {
  test('has a default for everything', () => {
    expect(parseDeployment({ datasets }, 'x')).toEqual({
      name: 'dayseal',
      existingBuckets: [],
      sealAt: '00:05',
      reverify: { at: '03:00', everyDays: 90 },
      largestHour: 512 * 2 ** 20,
      largestDay: 8 * 2 ** 30,
      convertConcurrency: 24,
      backfillConcurrency: 4,
      exportMemory: 1769 * 2 ** 20,
      exportScratch: 2 * 2 ** 30,
      uploadConcurrency: 8,
      uploadScratch: 4 * 2 ** 30,
      logRetentionDays: 90,
      alarmQuarantineShare: 0.01,
      firstDay: '2020-01-01',
    })
  })

  test('is read from the file that the datasets are in, which needs nothing of it', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'c.json'), JSON.stringify({ datasets, deployment: { sealAt: '01:30' } }))
    expect(await loadDeployment('c.json', folder)).toMatchObject({ name: 'dayseal', sealAt: '01:30' })
    expect([...(await loadConfig('c.json', folder)).keys()]).toEqual(['app'])
  })

  test.each([
    [{ name: 'Dayseal' }, 'deployment.name: seen "Dayseal", wanted up to 24 small letters'],
    [{ sealAt: '24:00' }, 'deployment.sealAt: seen "24:00", wanted a time of day in UTC'],
    [{ logRetentionDays: 2 }, 'deployment.logRetentionDays: seen 2, wanted 1'],
    [{ convertConcurrency: 1 }, 'deployment.convertConcurrency: seen 1, wanted at least 2'],
    [{ alarmEmail: 'nobody' }, 'deployment.alarmEmail: seen "nobody", wanted'],
    [{ firstDay: '2021-02-30' }, 'deployment.firstDay'],
    [{ regoin: 'eu-west-1' }, 'did you mean region?'],
  ])('refuses %j, wherever it is parsed', async (deployment, message) => {
    expect((await thrownBy(() => parseDeployment({ datasets, deployment }, 'x'))).message).toContain(message)
    expect((await thrownBy(() => parseConfig({ datasets, deployment }, 'x'))).message).toContain(message)
  })
})
