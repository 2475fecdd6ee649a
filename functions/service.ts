import { randomUUID } from 'node:crypto'
import config from 'dayseal-config'
import { openDynamoCatalog } from '../lib/catalog/dynamodb.ts'
import { withFormerNames } from '../lib/catalog/former-names.ts'
import { type Dataset, parseConfig } from '../lib/config.ts'
import type { Service } from '../lib/service/service.ts'
import { openStore } from '../lib/store/open-store.ts'
import { announceOn } from './announce.ts'
import { environment } from './environment.ts'

/**
 * Seconds for which a request is tried again, unless the dataset says otherwise: the shortest function has two minutes, and
 * those who call the functions try again.
 */
const RETRY_SECONDS = 20

function hurried({ s3, ...dataset }: Dataset): Dataset {
  return { ...dataset, s3: { ...s3, retrySeconds: s3.retrySeconds ?? RETRY_SECONDS } }
}

const configured = parseConfig(config, 'the bundled configuration')
const datasets = new Map([...configured].map(([name, dataset]) => [name, hurried(dataset)]))
const catalog = await openDynamoCatalog({
  table: environment.DAYSEAL_TABLE,
  region: environment.AWS_REGION,
  newId: randomUUID,
})

/** The service as a Lambda: made once per process, of the bundled configuration and the environment. */
export const service: Service = {
  datasets,
  openStores: ({ archive, out, s3 }) => ({
    archive: openStore(archive.location, { s3 }),
    out: openStore(out, { s3 }),
  }),
  catalog: withFormerNames(catalog, (name) => datasets.get(name)),
  announce: announceOn(environment.DAYSEAL_BUS),
  now: () => new Date(),
}
