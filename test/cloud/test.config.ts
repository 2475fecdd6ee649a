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
      offload: { olderThan: '3d', deleteSource: true, at: '05:10' },
    },
    /** Its source files stay. Its days are over at once, so that none is waited for. */
    kept: {
      archive: { location: 's3://test-archive/kept' },
      out: 's3://test-sealed/kept',
      guards: { minHours: 1, deadline: '00:00' },
      offload: { olderThan: '3d', at: '05:10' },
    },
    /** Its hours are made of uploads, and none of its days is waited for. */
    web: {
      archive: { location: 's3://test-archive/web' },
      out: 's3://test-sealed/web',
      guards: { deadline: '00:00' },
      uploads: { format: 'jsonl', timestamp: { path: 'at' }, silentHours: 'any', quietMinutes: 0 },
    },
  },
  deployment: { name: 'test', region: 'eu-west-1' },
})
