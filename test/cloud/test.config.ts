import { defineConfig } from '../../lib/config.ts'

/** What the local cloud deploys in tests. */
export default defineConfig({
  datasets: {
    app: {
      archive: { location: 's3://test-archive/app' },
      out: 's3://test-sealed/app',
      guards: { minHours: 4, deadline: '23:59' },
      exports: [
        { name: 'table', formats: ['csv', 'sqlite'], afterSeal: true, latest: true, incremental: {} },
        {
          name: 'hours',
          formats: ['ndjson'],
          groupBy: { keys: { hour: 'hour' }, columns: { rows: { count: 'rows' } } },
          compression: 'gzip',
          schedule: '30 4 * * *',
          to: 's3://test-exports/given',
          retentionCount: 1,
        },
        {
          name: 'broken',
          formats: ['ndjson'],
          schedule: '45 4 * * *',
          transform: () => {
            throw new Error('out of order')
          },
        },
      ],
    },
  },
  deployment: { name: 'test', region: 'eu-west-1' },
})
