/** The version that manifests, ledgers and Parquet footers name; test/package.test.ts holds it to package.json's. */
export const VERSION = '0.1.0'

/** `created_by` as parquet.thrift asks for it: application, version, build. */
export const CREATED_BY = `dayseal version ${VERSION} (build ${VERSION})`
