import { describe, expect, it } from 'vitest'
import { markdownReport, textReport } from '../../lib/verify/report.ts'
import { check, type Verdict, worstOf } from '../../lib/verify/verdict.ts'

const checks = [
  check({ id: 'presence.manifest', title: 'the day is sealed', holds: true, seen: 'a manifest', wanted: 'a manifest' }),
  check({
    id: 'nulls.a|b',
    title: 'nulls in a|b',
    holds: false,
    level: 'warn',
    seen: 'line 1\n  line 2',
    wanted: 'at most 0',
  }),
  check({ id: 'columns.absent.x', title: 'no x', holds: false, seen: '<b>*x*</b>\u001b[31m`', wanted: 'none' }),
]
const verdict: Verdict = {
  date_utc: '2015-09-12',
  dataset: 'logs',
  generation: 2,
  result: worstOf(checks),
  checks,
  facts: {
    row_count: 1,
    columns: 3,
    row_groups: 1,
    parquet_size_bytes: 100,
    hours_found: 24,
    is_partial: false,
    sources: 24,
    lines_read: 1,
    rows_quarantined: 0,
    rows_sampled: 1,
  },
}

describe('the text report', () => {
  it('has a line for each check, aligned, with seen and wanted of those that did not pass', () => {
    expect(textReport(verdict).split('\n')).toEqual([
      'logs 2015-09-12: failed (generation 2, 1 row)',
      '',
      '  ✓ the day is sealed  passed  presence.manifest',
      '  ! nulls in a|b       warned  nulls.a|b',
      '      seen    line 1; line 2',
      '      wanted  at most 0',
      '  ✗ no x               failed  columns.absent.x',
      '      seen    <b>*x*</b>\\u{1b}[31m`',
      '      wanted  none',
      '',
      '3 checks: 1 passed, 1 warned, 1 failed; 1 row sampled',
      '',
    ])
  })

  it('shows all when it is verbose', () => {
    expect(textReport(verdict, { verbose: true })).toContain('passed  presence.manifest\n      seen    a manifest\n')
  })

  it('says of an unsealed day that it was never sealed', () => {
    const facts = { ...verdict.facts, row_count: null, rows_sampled: 0 }
    const text = textReport({ ...verdict, generation: null, facts })
    expect(text.split('\n')[0]).toBe('logs 2015-09-12: failed (never sealed)')
  })
})

describe('the Markdown report', () => {
  const page = markdownReport(verdict)

  it('has a table of facts and one for each group', () => {
    const lines = page.split('\n')
    expect(lines[0]).toBe('# logs 2015-09-12: failed')
    expect(lines).toContain('| generation | 2 |')
    expect(lines).toContain('| row\\_count | 1 |')
    expect(lines.filter((line) => line.startsWith('## '))).toEqual(['## presence', '## nulls', '## columns'])
    expect(lines).toContain('| passed | the day is sealed | a manifest | a manifest | presence.manifest |')
  })

  it('lets no cell be Markdown, HTML or a new line', () => {
    expect(page).toContain('| warned | nulls in a\\|b | line 1; line 2 | at most 0 | nulls.a\\|b |')
    expect(page).toContain('| failed | no x | &lt;b&gt;\\*x\\*&lt;/b&gt;\\\\u{1b}\\[31m\\` | none | columns.absent.x |')
    for (const line of page.split('\n')) expect(line).not.toMatch(/\p{Cc}/u)
  })
})
