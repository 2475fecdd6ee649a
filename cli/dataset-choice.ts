import { resolve } from 'node:path'
import { configSchema, type Dataset } from '../lib/config.ts'
import type { CommonFlags } from './flags.ts'

// temporary until lib/load-config.ts is there
export async function chooseDatasets(flags: CommonFlags, cwd: string): Promise<readonly Dataset[]> {
  const config = configSchema.parse({
    datasets: {
      default: {
        archive: { location: resolve(cwd, flags.archive ?? 'none'), ...(flags.layout ? { layout: flags.layout } : {}) },
        out: resolve(cwd, flags.out!),
      },
    },
  })
  return Object.entries(config.datasets).map(([name, d]) => ({ name, ...d }))
}
