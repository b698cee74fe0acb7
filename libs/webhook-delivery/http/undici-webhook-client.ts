import { onAbort } from '#libs/kernel';
import { Logger } from '@nestjs/common';
import type { AttemptOutcome, AttemptRequest, WebhookClient } from '../core/ports.js';
import type { Subscription, TargetRules } from '#libs/webhooks';
import { ConnectionPools } from './connection-pools.js';
import { DeliveryBodies } from './delivery-body.js';
import { deliveryHeaders } from './delivery-headers.js';
import { PostedDelivery } from './posted-delivery.js';
import { targetConnector } from './target-connector.js';

export interface WebhookClientOptions {
  readonly targets: TargetRules;
  readonly connectTimeoutMs: number;
  /** Base URL of the API for the links in thin events. */
  readonly publicUrl: string | undefined;
}

/** Per tenant and origin; large enough that a few hanging endpoints do not block others at the same origin. */
const CONNECTIONS_PER_POOL = 512;
const KEPT_CONNECTIONS = 2_048;

interface Target {
  readonly origin: string;
  readonly path: string;
}

/** Posts deliveries over reused connections. Does not follow redirects. */
export class UndiciWebhookClient implements WebhookClient {
  readonly #logger = new Logger(UndiciWebhookClient.name);
  readonly #pools: ConnectionPools;
  readonly #bodies: DeliveryBodies;
  readonly #targets = new WeakMap<Subscription, Target>();

  constructor({ targets, connectTimeoutMs, publicUrl }: WebhookClientOptions) {
    this.#bodies = new DeliveryBodies(publicUrl);
    this.#pools = new ConnectionPools({
      connect: targetConnector(targets, connectTimeoutMs),
      connectionsPerPool: CONNECTIONS_PER_POOL,
      keptConnections: KEPT_CONNECTIONS,
    });
  }

  /** The number of open connections, in use or idle. */
  get connections(): number {
    return this.#pools.connections;
  }

  attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    if (signal.aborted) return Promise.resolve({ outcome: 'failed', reason: 'aborted' });
    const delivery = new PostedDelivery({
      ended: () => {
        clearTimeout(timer);
        unsubscribe();
      },
      faulted: (error) =>
        this.#logger.error({ msg: 'a webhook attempt failed because of an internal error', err: error }),
    });
    const unsubscribe = onAbort(signal, () => delivery.giveUp('aborted'));
    const timer = setTimeout(() => delivery.giveUp('timeout'), request.subscription.retry.timeoutMs);
    try {
      this.#post(request, delivery);
    } catch (error) {
      delivery.fail(error);
    }
    return delivery.outcome;
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  #post(request: AttemptRequest, delivery: PostedDelivery): void {
    const { subscription } = request;
    const body = this.#bodies.of(request);
    const headers = deliveryHeaders(request, body, Date.now());
    const target = this.#target(subscription);
    const post = { ...target, method: 'POST', headers, body: body.bytes } as const;
    delivery.sendAgainBy(() => this.#pools.dispatchAlone(post, delivery));
    this.#pools.of(subscription.tenant, target.origin).dispatch(post, delivery);
  }

  #target(subscription: Subscription): Target {
    const known = this.#targets.get(subscription);
    if (known) return known;
    const { origin, pathname, search } = new URL(subscription.callbackUrl);
    const target = { origin, path: pathname + search };
    this.#targets.set(subscription, target);
    return target;
  }
}
