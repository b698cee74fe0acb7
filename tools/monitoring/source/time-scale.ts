/** Writes a time in seconds as PromQL does. Tests shorten all times of the rules, which is done here alone. */
export type Time = (seconds: number) => string;

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const;

/** As the rules are meant. */
export const realTime: Time = (seconds) => {
  const [size, unit] = UNITS.find(([each]) => seconds % each === 0) ?? [1, 's'];
  return `${seconds / size}${unit}`;
};

/** @param shorter how many times as short; no time becomes less than `leastSeconds`, as rates need several scrapes */
export const shortened =
  (shorter: number, leastSeconds: number): Time =>
  (seconds) =>
    seconds === 0 ? '0s' : `${Math.round(Math.max(leastSeconds, seconds / shorter) * 1_000)}ms`;

export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 86_400;
