import type { Catalog } from '../catalog/catalog.ts'
import type { Dataset } from '../config.ts'
import { DaysealError } from '../errors.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Announce } from './announcement.ts'

/** What the use cases of a running service work with: the Lambdas', or a server's. */
export interface Service {
  readonly datasets: ReadonlyMap<string, Dataset>
  readonly openStores: (dataset: Dataset) => Stores
  readonly catalog: Catalog
  readonly announce: Announce
  readonly now: () => Date
}

export interface Stores {
  readonly archive: ObjectStore
  readonly out: ObjectStore
}

/** Throws `usage` for a name that the configuration does not have. */
export function datasetNamed({ datasets }: Service, name: string): Dataset {
  const dataset = datasets.get(name)
  if (dataset !== undefined) return dataset
  throw new DaysealError('usage', 'there is no such dataset', {
    seen: JSON.stringify(name),
    wanted: [...datasets.keys()].join(', '),
  })
}
