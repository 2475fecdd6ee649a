import { defineConfig } from '../../../lib/config.ts'

/** What `npm run demo:cloud` deploys. */
export default defineConfig({
  datasets: {
    logs: {
      archive: { location: 's3://demo-archive' },
      out: 's3://demo-sealed/logs',
      guards: { minHours: 20, deadline: '06:00' },
    },
  },
  deployment: { name: 'demo', region: 'eu-west-1' },
})
