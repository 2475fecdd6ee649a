import { randomUUID } from 'node:crypto'
import config from 'dayseal-config'
import { openDynamoCatalog } from '../lib/catalog/dynamodb.ts'
import { parseConfig } from '../lib/config.ts'
import type { Service } from '../lib/service/service.ts'
import { openStore } from '../lib/store/open-store.ts'
import { announceOn } from './announce.ts'
import { environment } from './environment.ts'

/** The service as a Lambda: made once per process, of the bundled configuration and the environment. */
export const service: Service = {
  datasets: parseConfig(config, 'the bundled configuration'),
  openStores: ({ archive, out, s3 }) => ({
    archive: openStore(archive.location, { s3 }),
    out: openStore(out, { s3 }),
  }),
  catalog: await openDynamoCatalog({
    table: environment.DAYSEAL_TABLE,
    region: environment.AWS_REGION,
    newId: randomUUID,
  }),
  announce: announceOn(environment.DAYSEAL_BUS),
  now: () => new Date(),
}
