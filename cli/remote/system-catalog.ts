import type { Catalog } from '../../lib/catalog/catalog.ts'
import { openDynamoCatalog } from '../../lib/catalog/dynamodb.ts'
import { withFormerNames } from '../../lib/catalog/former-names.ts'
import type { Owner } from '../../lib/owner.ts'
import type { DeployedSystem } from './deployed-system.ts'

/** The catalog of a deployed system, as it knows this dataset. It is only read here. */
export async function systemCatalog(
  dataset: Owner,
  { catalogTable, region, profile }: DeployedSystem,
  newId: () => string,
): Promise<Catalog> {
  const place = { table: catalogTable, region, ...(profile === undefined ? {} : { profile }) }
  return withFormerNames(await openDynamoCatalog({ ...place, newId }), () => dataset)
}
