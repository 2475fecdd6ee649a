import { defineConfig } from '../../lib/config.ts'

/** What the local cloud deploys in tests. */
export default defineConfig({
  datasets: {
    app: {
      archive: { location: 's3://test-archive/app' },
      out: 's3://test-sealed/app',
      guards: { minHours: 4, deadline: '23:59' },
    },
  },
  deployment: { name: 'test', region: 'eu-west-1' },
})
