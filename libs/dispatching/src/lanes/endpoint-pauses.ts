import { normalizedUrl, type Subscription } from '#libs/webhooks';
import type { Timers } from '../ports.js';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.js';

/** An address of a tenant, as it is since some revision of the subscription. */
export interface Endpoint extends Pick<Subscription, 'subscriptionId' | 'endpointRevision'> {
  readonly address: string;
}

export const endpointOf = ({
  tenant,
  callbackUrl,
  subscriptionId,
  endpointRevision,
}: Pick<Subscription, 'tenant' | 'callbackUrl' | 'subscriptionId' | 'endpointRevision'>): Endpoint => ({
  address: `${tenant} ${normalizedUrl(callbackUrl)}`,
  subscriptionId,
  endpointRevision,
});

/** An address that has asked for a pause. It is spared during the pause and, after it, until a probe succeeds. */
export interface SparedAddress<Sender> {
  /** Milliseconds since 1970. */
  until: number;
  /** Who heard it. A later revision of that subscription has resumed since, and asks anew. */
  heardBy: Pick<Endpoint, 'subscriptionId' | 'endpointRevision'>;
  /** One attempt is under way to find out whether the address takes more. */
  isProbed: boolean;
  /** Senders that could send now, but for the probe. Whoever ends the probe wakes them. */
  readonly blocked: Set<Sender>;
}

/** Spared addresses are cleared out once there are this many, and then whenever their number has doubled. */
const MANY = 1_000;
/** Nothing may ever be sent to an address again, so a pause that ended this long ago is dropped without a success. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/**
 * Which addresses have asked to be spared, by `Retry-After`. A pause holds for every subscription and replay of the
 * tenant that sends there, and for no other address. So does the probe after it: one for the address, not one for each.
 */
export class EndpointPauses<Sender> {
  readonly #spared = new Map<string, SparedAddress<Sender>>();
  #clearAt = MANY;

  constructor(private readonly timers: Pick<Timers, 'now'>) {}

  get size(): number {
    return this.#spared.size;
  }

  /** A longer pause that was asked for before still holds. */
  add(endpoint: Endpoint, retryAfterMs: number): void {
    const until = this.timers.now() + Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
    const { address, subscriptionId, endpointRevision } = endpoint;
    const heardBy = { subscriptionId, endpointRevision };
    const spared = this.sparedAt(endpoint);
    if (!spared) this.#spared.set(address, { until, heardBy, isProbed: false, blocked: new Set() });
    else if (until > spared.until) Object.assign(spared, { until, heardBy });
    if (this.#spared.size > this.#clearAt) this.#clearOut();
  }

  /** `undefined` when the address may be sent to as usual. */
  sparedAt({ address, subscriptionId, endpointRevision }: Endpoint): SparedAddress<Sender> | undefined {
    const spared = this.#spared.get(address);
    if (!spared) return undefined;
    const { heardBy } = spared;
    const hasResumed =
      heardBy.subscriptionId === subscriptionId && heardBy.endpointRevision < endpointRevision;
    if (!hasResumed) return spared;
    this.#spared.delete(address);
    return undefined;
  }

  /** A probe succeeded. A pause that was asked for during the probe still holds. */
  succeeded({ address }: Endpoint, probed: SparedAddress<Sender>): void {
    if (probed.until <= this.timers.now() && this.#spared.get(address) === probed)
      this.#spared.delete(address);
  }

  #clearOut(): void {
    const endedBefore = this.timers.now() - FORGOTTEN_AFTER_MS;
    for (const [address, { until, isProbed }] of this.#spared)
      if (until <= endedBefore && !isProbed) this.#spared.delete(address);
    this.#clearAt = Math.max(MANY, 2 * this.#spared.size);
  }
}
