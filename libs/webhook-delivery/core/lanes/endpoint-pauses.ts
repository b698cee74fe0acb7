import type { Clock } from '#libs/kernel';
import { normalizedUrl, type Subscription } from '#libs/webhooks';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.js';

/** A tenant's address, as of a revision of its subscription. */
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

/** An address that asked for a pause. Nothing is sent during the pause, then only probes until one succeeds. */
export interface SparedAddress<Sender> {
  /** Milliseconds since 1970. */
  until: number;
  /** The endpoint that received the answer. A later revision of that subscription was resumed, which ends the pause. */
  heardBy: Pick<Endpoint, 'subscriptionId' | 'endpointRevision'>;
  /** One attempt is in flight to find out whether the address accepts more. */
  isProbed: boolean;
  /** Senders blocked only by the probe, to be admitted when it ends. */
  readonly blocked: Set<Sender>;
}

/** Spared addresses are cleared out once there are this many, and then whenever their number has doubled. */
const MANY = 1_000;
/** Nothing may ever be sent to an address again, so a pause that ended this long ago is dropped without a success. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/**
 * Pauses that addresses asked for by `Retry-After`. A pause applies to every subscription and replay of the tenant that
 * sends to the address, and so does the single probe after it.
 */
export class EndpointPauses<Sender> {
  readonly #spared = new Map<string, SparedAddress<Sender>>();
  #clearAt = MANY;

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  get size(): number {
    return this.#spared.size;
  }

  /** Never shortens a pause. */
  add(endpoint: Endpoint, retryAfterMs: number): void {
    const until = this.clock.now() + Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
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
    if (probed.until <= this.clock.now() && this.#spared.get(address) === probed)
      this.#spared.delete(address);
  }

  #clearOut(): void {
    const endedBefore = this.clock.now() - FORGOTTEN_AFTER_MS;
    for (const [address, { until, isProbed }] of this.#spared)
      if (until <= endedBefore && !isProbed) this.#spared.delete(address);
    this.#clearAt = Math.max(MANY, 2 * this.#spared.size);
  }
}
