/** Attempts, delays and timeout of a delivery. */
export interface RetryPolicy {
  /** Includes the first attempt. */
  readonly maxAttempts: number;
  /** Delay before the second attempt; doubles with each further one. */
  readonly initialDelayMs: number;
  /** Limit of the doubling. Jitter adds up to a quarter. */
  readonly maxDelayMs: number;
  /** Covers an attempt from the connection to the end of the answer. */
  readonly timeoutMs: number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxAttempts: 20,
  initialDelayMs: 5 * SECOND,
  maxDelayMs: 6 * HOUR,
  timeoutMs: 15 * SECOND,
};

/** The ranges that a subscriber may choose from, inclusive. */
export const RETRY_BOUNDS = {
  maxAttempts: { min: 1, max: 100 },
  initialDelayMs: { min: 1, max: HOUR },
  maxDelayMs: { min: 1, max: 24 * HOUR },
  // A slow answer occupies one of the subscription's few requests in flight.
  timeoutMs: { min: 50, max: 60 * SECOND },
} as const satisfies Record<keyof RetryPolicy, { min: number; max: number }>;
