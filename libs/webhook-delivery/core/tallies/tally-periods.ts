/** The periods that deliveries are counted for, up to now. Each has rows of its own in the tallies, one for each step. */
export const TALLY_PERIODS = ['1h', '24h', '7d'] as const;
export type TallyPeriod = (typeof TALLY_PERIODS)[number];

interface Steps {
  readonly stepMinutes: number;
  readonly steps: number;
}

const STEPS: Readonly<Record<TallyPeriod, Steps>> = {
  '1h': { stepMinutes: 1, steps: 60 },
  '24h': { stepMinutes: 30, steps: 48 },
  '7d': { stepMinutes: 180, steps: 56 },
};

const MINUTE_MS = 60_000;

/** Times are in milliseconds since 1970. */
export interface TallyRange {
  readonly stepMinutes: number;
  readonly stepMs: number;
  /** Start of the first step. */
  readonly from: number;
  readonly to: number;
  /** The start of each step. The last one is not over yet. */
  readonly starts: readonly number[];
}

/** The steps of a period up to now. */
export function tallyRange(period: TallyPeriod, now: number): TallyRange {
  const { stepMinutes, steps } = STEPS[period];
  const stepMs = stepMinutes * MINUTE_MS;
  const last = startOfStep(now, stepMinutes);
  const starts = Array.from({ length: steps }, (_, index) => last - (steps - 1 - index) * stepMs);
  return { stepMinutes, stepMs, from: starts[0] ?? last, to: now, starts };
}

/** The lengths of all steps, in minutes, and how long their rows are needed. */
export const TALLY_STEPS = Object.values(STEPS).map(({ stepMinutes, steps }) => ({
  stepMinutes,
  // A step more than is shown, for clocks that differ.
  keptMs: (steps + 1) * stepMinutes * MINUTE_MS,
}));

export const startOfStep = (time: number, stepMinutes: number): number =>
  time - (time % (stepMinutes * MINUTE_MS));
