/** How often, how soon and how patiently a delivery is tried. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly maxAttempts: number;
  /** The wait before the second try; doubles with each further one. */
  readonly initialDelayMs: number;
  /** Up to which it doubles. Chance adds up to a quarter. */
  readonly maxDelayMs: number;
  /** From the connection to the end of the answer. */
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

/** What a subscriber may choose, both ends included. */
export const RETRY_BOUNDS = {
  maxAttempts: { min: 1, max: 100 },
  initialDelayMs: { min: 1, max: HOUR },
  maxDelayMs: { min: 1, max: 24 * HOUR },
  // A slow answer holds one of the subscription's few requests in flight.
  timeoutMs: { min: 50, max: 60 * SECOND },
} as const satisfies Record<keyof RetryPolicy, { min: number; max: number }>;
