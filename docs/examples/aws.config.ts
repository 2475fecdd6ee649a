import { defineConfig } from 'dayseal'

export default defineConfig({
  datasets: {
    app: {
      archive: { location: 's3://example-logs/app', layout: '{yyyy}{MM}{dd}/{HH}.jsonl.gz' },
      out: 's3://example-sealed/app',
      eventTime: 'ts',
      schema: { mode: 'infer', overrides: { ts: 'timestamp' } },
      guards: { minHours: 20, deadline: '06:00' },
      exports: [{ name: 'table', formats: ['csv'], afterSeal: true, compression: 'gzip', retentionDays: 30 }],
      offload: { olderThan: '90d' },
    },
    audit: {
      archive: { location: 's3://example-logs/audit', layout: '{yyyy}/{MM}/{dd}/{HH}/*' },
      out: 's3://example-sealed/audit',
      schema: {
        mode: 'strict',
        columns: {
          at: 'timestamp',
          actor: {
            struct: [
              { name: 'id', type: 'string' },
              { name: 'roles', type: { list: 'string' } },
            ],
          },
          action: 'string',
          detail: 'json',
        },
      },
    },
    web: {
      archive: { location: 's3://example-logs/web' },
      out: 's3://example-sealed/web',
      uploads: { format: 'nginx-combined', timestamp: { path: 'time' }, silentHours: 'any' },
    },
  },
  deployment: {
    region: 'eu-west-1',
    existingBuckets: ['example-logs'],
    alarmEmail: 'ops@example.com',
  },
})
