import { BARS_HEIGHT, BARS_WIDTH, barsPath } from './bars-path';

interface SparklineProps {
  readonly label: string;
  readonly values: readonly number[];
  /** Parts of the values that are marked as bad, such as failures among attempts. */
  readonly bad?: readonly number[];
}

/** Small bars, one a bucket; the bad part of each stands at the bottom in red. */
export function Sparkline({ label, values, bad = [] }: SparklineProps) {
  const most = Math.max(1, ...values);
  return (
    <svg width={BARS_WIDTH} height={BARS_HEIGHT} role="img" aria-label={label} className="sparkline">
      <path className="sparkline-all" d={barsPath(values, most)} />
      <path className="sparkline-bad" d={barsPath(bad, most)} />
    </svg>
  );
}
