const UNITS: readonly (readonly [milliseconds: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
  [1, 'millisecond'],
];

/** A duration for people: `90000` is "1.5 minutes", a day "24 hours", which halves and quarters read best in. */
export function inWords(ms: number): string {
  const [size, name] = UNITS.find(([size, name]) => ms >= (name === 'day' ? 2 * size : size)) ?? [
    1,
    'millisecond',
  ];
  const count = Math.round((ms / size) * 10) / 10;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
