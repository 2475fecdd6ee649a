import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import { openDirectory } from '../../lib/store/directory.ts'
import { catalogContract } from '../contract/catalog.ts'

catalogContract('a directory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-catalog-'))
  return {
    catalog: openStateCatalog(openDirectory(root), { newId: randomUUID }),
    cleanUp: () => rm(root, { recursive: true }),
  }
})
