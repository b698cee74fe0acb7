/** Requests and answers of clients: one half of the evidence that checks compare, the log being the other. */

/** One command as a client means it. Sent again unchanged it is a repeat; with another body it has another marker. */
export interface OrderRequest {
  readonly kind: 'create' | 'step';
  /** The status that the order shall have: `created` for a create. */
  readonly status: string;
  /** Stands in the body, and so in the event: tells whose effect an event is. */
  readonly marker: string;
  readonly key?: string;
  /** Only for a step. */
  readonly orderId?: string;
  readonly expectedVersion?: number;
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly status: number;
  readonly orderId: string;
  readonly version: number;
  readonly position: string;
  readonly etag: string | undefined;
  /** Written so that equal values are equal texts; kept for requests with a key only, of which there are repeats. */
  readonly body: string | undefined;
}

/**
 * - `accepted`, `rejected`: the server's definite answer.
 * - `failed`: the request had no effect, for certain.
 * - `unknown`: it may have had its effect, or may have it later.
 */
export type Outcome =
  | Accepted
  | { readonly kind: 'rejected'; readonly status: number; readonly code: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** One try of one operation. */
export interface Attempt {
  /** The tries of one operation share it. */
  readonly operation: number;
  readonly request: OrderRequest;
  readonly instance: number;
  readonly via: 'single' | 'batch';
  /** Milliseconds of one monotonic clock for all clients. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
}

export type AcceptedAttempt = Attempt & { readonly outcome: Accepted };

export const isAccepted = (attempt: Attempt): attempt is AcceptedAttempt =>
  attempt.outcome.kind === 'accepted';

export class History {
  readonly attempts: Attempt[] = [];
  #operations = 0;

  newOperation(): number {
    return ++this.#operations;
  }

  record(attempt: Attempt): void {
    this.attempts.push(attempt);
  }

  /** How many operations came to which end: that of their last try. */
  operationsByOutcome(): Record<'ok' | 'failed' | 'unknown', number> {
    const last = new Map(this.attempts.map(({ operation, outcome }) => [operation, outcome.kind]));
    const counts = { ok: 0, failed: 0, unknown: 0 };
    for (const kind of last.values()) counts[kind === 'failed' || kind === 'unknown' ? kind : 'ok']++;
    return counts;
  }
}
