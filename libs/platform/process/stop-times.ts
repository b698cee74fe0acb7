/** Ends a process that hangs while stopping, so that its supervisor does not wait for it. */
const FORCED_EXIT_SLACK_MS = 5_000;
const MOST_TRACES_MS = 5_000;

/** In milliseconds. */
export interface StopTimes {
  /** For deliveries in flight, and then for saving what became of them. */
  readonly deliveriesMs: number;
  readonly savingMs: number;
  /** For bodies of requests to arrive, and for all requests to be answered, since the server has begun to close. */
  readonly bodiesMs: number;
  readonly requestsMs: number;
  /** For the last spans. */
  readonly tracesMs: number;
  /** For everything, before the process is cut off. */
  readonly forcedMs: number;
}

/**
 * The parts of a stop follow each other, so all of them together fit into the time for a stop: nobody can make it take longer,
 * neither a client that sends or reads slowly, nor a server that does not answer.
 */
export const stopTimesOf = (shutdownTimeoutMs: number): StopTimes => ({
  deliveriesMs: shutdownTimeoutMs * 0.4,
  savingMs: shutdownTimeoutMs * 0.1,
  bodiesMs: shutdownTimeoutMs * 0.2,
  requestsMs: shutdownTimeoutMs * 0.4,
  tracesMs: Math.min(MOST_TRACES_MS, shutdownTimeoutMs * 0.1),
  forcedMs: shutdownTimeoutMs + FORCED_EXIT_SLACK_MS,
});
