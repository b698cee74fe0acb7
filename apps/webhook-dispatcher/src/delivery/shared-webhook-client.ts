import { setMaxListeners } from 'node:events';
import type { AttemptOutcome, AttemptRequest, WebhookClient } from '#libs/dispatching';
import { TenantTurns } from '#libs/kernel';

/**
 * Bounds the requests in flight to all endpoints together, each of which takes a connection and memory. Tenants take turns:
 * one whose endpoints hang, however many they are, holds up itself alone.
 */
export class SharedWebhookClient implements WebhookClient {
  readonly #turns: TenantTurns;

  /** @param places most requests in flight */
  constructor(
    private readonly client: WebhookClient,
    places: number,
  ) {
    // How many wait is bounded already: by what each feed may have under way.
    this.#turns = new TenantTurns({ places, waitingPerTenant: Number.POSITIVE_INFINITY });
  }

  /** The time that it waits for its turn is not part of the subscription's timeout. */
  async attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    // All attempts of a feed have one signal.
    setMaxListeners(0, signal);
    let release: () => void;
    try {
      release = await this.#turns.acquire(request.subscription.tenant, signal);
    } catch {
      return { outcome: 'failed', reason: 'aborted' };
    }
    try {
      return await this.client.attempt(request, signal);
    } finally {
      release();
    }
  }
}
