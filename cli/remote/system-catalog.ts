import type { Catalog } from '../../lib/catalog/catalog.ts'
import { openDynamoCatalog } from '../../lib/catalog/dynamodb.ts'
import type { DeployedSystem } from './deployed-system.ts'

/** The catalog of a deployed system. It is only read here. */
export function systemCatalog(
  { catalogTable, region, profile }: DeployedSystem,
  newId: () => string,
): Promise<Catalog> {
  return openDynamoCatalog({ table: catalogTable, region, ...(profile === undefined ? {} : { profile }), newId })
}
