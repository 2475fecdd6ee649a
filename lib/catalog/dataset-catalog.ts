import type { Owner } from '../owner.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Catalog } from './catalog.ts'
import { withFormerNames } from './former-names.ts'
import { openStateCatalog, type StateCatalogOptions } from './state-catalog.ts'

/** The catalog in a dataset's output, with what was written there under its former names. */
export function datasetCatalog(dataset: Owner, out: ObjectStore, options: StateCatalogOptions): Catalog {
  return withFormerNames(openStateCatalog(out, options), () => dataset)
}
