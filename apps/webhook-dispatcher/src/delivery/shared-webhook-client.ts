import { setMaxListeners } from 'node:events';
import type { AttemptOutcome, AttemptRequest, WebhookClient } from '#libs/dispatching';
import { TenantTurns } from '#libs/kernel';
import { LoopTurns } from './loop-turns.js';

/** To sign and send a request, and perhaps to connect, takes some tenths of a millisecond. */
const BEGUN_PER_TURN = 32;

/**
 * Bounds the requests in flight to all endpoints together, each of which takes a connection and memory. Tenants take turns:
 * one whose endpoints hang, however many they are, holds up itself alone. Those that could all begin at once, because many
 * subscriptions are owed the same event, do so bit by bit: nothing else is done by the process meanwhile.
 */
export class SharedWebhookClient implements WebhookClient {
  readonly #turns: TenantTurns;
  readonly #loopTurns = new LoopTurns(BEGUN_PER_TURN);

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
      await this.#loopTurns.take();
      return await this.client.attempt(request, signal);
    } finally {
      release();
    }
  }
}
