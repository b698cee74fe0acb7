import type { AttemptOutcome, AttemptRequest, WebhookClient } from '../core/ports.js';
import { TenantTurns } from '#libs/kernel';
import { LoopTurns } from './loop-turns.js';

/** Signing, sending and perhaps connecting take a few tenths of a millisecond per request. */
const BEGUN_PER_TURN = 32;

/**
 * Limits the requests in flight to all endpoints together, because each takes a connection and memory. Tenants take turns,
 * so a tenant whose endpoints hang delays only itself. When many subscriptions are owed the same event, their requests
 * start in small steps, because starting them all at once would block the process.
 */
export class SharedWebhookClient implements WebhookClient {
  readonly #turns: TenantTurns;
  readonly #loopTurns = new LoopTurns(BEGUN_PER_TURN);

  /** @param places maximum number of requests in flight */
  constructor(
    private readonly client: WebhookClient,
    places: number,
  ) {
    // Each feed's limit on requests in flight already bounds the queue.
    this.#turns = new TenantTurns({ places, waitingPerTenant: Number.POSITIVE_INFINITY });
  }

  /** The subscription's timeout does not include the wait for a turn. */
  async attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
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
