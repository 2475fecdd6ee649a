import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Minutes each, in few lines: at the end, where Vitest puts small files, nothing would run beside them. */
const LONG = ['test/cloud/cloud.test.ts', 'test/cli/buckets.test.ts', 'test/cloud/remote.test.ts']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((file) => moduleId.endsWith(file))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/**
 * What they do would reach whatever runs after them, or what ran before reaches them: they replace modules (`vi.mock`), set
 * variables of the environment, or measure memory.
 */
const ALONE = [
  'test/bad-input/full-disk.test.ts',
  'test/catalog/dynamodb.test.ts',
  'test/export/sqlite-loading.test.ts',
  'test/intake/slice-spool.test.ts',
  'test/store/directory-conditions.test.ts',
  'test/store/directory-faults.test.ts',
  'test/store/s3.test.ts',
]

export default defineConfig({
  test: {
    testTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // For threads and commands that tests start: most of their time would be compiling the same files.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/dayseal') },
    projects: [
      // Loading the same modules for each file again would take a quarter of the time.
      {
        extends: true,
        test: { name: 'together', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
})
