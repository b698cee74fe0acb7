import type { Subscription } from '#libs/webhooks';
import type { Timers } from '../ports.js';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.js';

/** An address of a tenant, as it is since some revision of the subscription. */
export type Endpoint = Pick<Subscription, 'tenant' | 'callbackUrl' | 'subscriptionId' | 'endpointRevision'>;

interface Pause {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Who heard it. A later revision of that subscription has resumed since, and asks anew. */
  readonly heardBy: Pick<Endpoint, 'subscriptionId' | 'endpointRevision'>;
}

/** Those that are over are looked for when there are so many. */
const MANY = 1_000;

/**
 * For how long endpoints have asked to be spared, by `Retry-After`. An endpoint is an address: a pause holds for every
 * subscription and replay of the tenant that sends there, and for no other address.
 */
export class EndpointPauses {
  readonly #pauses = new Map<string, Pause>();

  constructor(private readonly timers: Pick<Timers, 'now'>) {}

  get size(): number {
    return this.#pauses.size;
  }

  /** What was asked for longer before still holds. */
  add(endpoint: Endpoint, retryAfterMs: number): void {
    const until = this.timers.now() + Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
    if (until <= this.until(endpoint)) return;
    const { subscriptionId, endpointRevision } = endpoint;
    this.#pauses.set(keyOf(endpoint), { until, heardBy: { subscriptionId, endpointRevision } });
    if (this.#pauses.size > MANY) this.#forgetOver();
  }

  /** Milliseconds since 1970 until which it is not to be asked; 0 where it may be asked now. */
  until(endpoint: Endpoint): number {
    if (this.#pauses.size === 0) return 0;
    const key = keyOf(endpoint);
    const pause = this.#pauses.get(key);
    if (!pause) return 0;
    const { until, heardBy } = pause;
    const isOver = until <= this.timers.now();
    const hasResumed =
      heardBy.subscriptionId === endpoint.subscriptionId &&
      heardBy.endpointRevision < endpoint.endpointRevision;
    if (!isOver && !hasResumed) return until;
    this.#pauses.delete(key);
    return 0;
  }

  #forgetOver(): void {
    const now = this.timers.now();
    for (const [key, { until }] of this.#pauses) if (until <= now) this.#pauses.delete(key);
  }
}

const keyOf = ({ tenant, callbackUrl }: Endpoint): string => `${tenant} ${callbackUrl}`;
