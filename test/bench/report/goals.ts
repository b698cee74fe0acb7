import type { Spread } from './statistics.js';
import { short, table } from './table.js';

export interface Goal {
  readonly title: string;
  readonly value: Spread | undefined;
  /** Shown without a verdict where there is none. */
  readonly isMet?: ((value: number) => boolean) | undefined;
}

export interface Verdict {
  readonly title: string;
  readonly value: Spread | undefined;
  /** Empty where a figure has no goal. */
  readonly verdict: 'met' | 'missed' | 'not measured' | '';
}

export function judge({ title, value, isMet }: Goal): Verdict {
  if (!value) return { title, value, verdict: 'not measured' };
  const verdict = isMet ? (isMet(value.median) ? 'met' : 'missed') : '';
  return { title, value, verdict };
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
  return rows.length > 0 ? ['', ...table(columns, rows)] : [];
}
