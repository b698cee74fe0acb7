interface SparklineProps {
  readonly label: string;
  readonly values: readonly number[];
  /** Parts of the values that are marked as bad, such as failures among attempts. */
  readonly bad?: readonly number[];
}

const WIDTH = 96;
const HEIGHT = 22;

/** Small bars, one a bucket; the bad part of each stands at the bottom in red. */
export function Sparkline({ label, values, bad = [] }: SparklineProps) {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length);
  const bar = (value: number, index: number, className: string) => (
    <rect
      key={`${className}${index}`}
      className={className}
      x={index * step}
      y={HEIGHT - (value / most) * HEIGHT}
      width={Math.max(0.5, step - 0.5)}
      height={(value / most) * HEIGHT}
    />
  );
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} className="sparkline">
      {values.map((value, index) => bar(value, index, 'sparkline-all'))}
      {bad.map((value, index) => bar(value, index, 'sparkline-bad'))}
    </svg>
  );
}
