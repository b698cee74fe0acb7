import type { Spread } from './statistics.js';
import { short, table } from './table.js';

/** What became of a goal. */
export interface Verdict {
  readonly title: string;
  readonly value: Spread | undefined;
  /** Nothing where there is a figure and no goal for it. */
  readonly verdict: 'met' | 'missed' | 'not measured' | '';
}

const MARK = { met: '✓ met', missed: '✗ missed', 'not measured': '– not measured', '': '' };

export function goalsTable(verdicts: readonly Verdict[]): string[] {
  const rows = verdicts.map(({ title, value, verdict }) => [
    title,
    value ? short(value.median) : '',
    value ? `${short(value.min)}–${short(value.max)}` : '',
    MARK[verdict],
  ]);
  const columns = [
    { title: 'goal' },
    { title: 'median', align: 'right' as const },
    { title: 'min–max', align: 'right' as const },
    { title: 'verdict' },
  ];
  return ['', ...table(columns, rows)];
}
