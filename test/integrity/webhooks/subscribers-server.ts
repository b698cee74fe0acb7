import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { SeededRandom } from '#libs/kernel';
import type { Refusal } from './evidence.js';
import type { Subscriber } from './subscriber.js';

/** The timeout of the subscriptions. */
export const TIMEOUT_MS = 1_000;
const LATE_MS = TIMEOUT_MS + 400;
const SECOND = 1_000;

type Behaviour = 'take' | 'take-late' | 'refuse' | 'throttle' | 'gone' | 'hang' | 'reset';

/** In a thousand requests. */
const FAULTS: Readonly<Record<Exclude<Behaviour, 'take'>, number>> = {
  refuse: 50,
  reset: 20,
  'take-late': 3,
  hang: 3,
  throttle: 5,
  gone: 0.3,
};

/** Endpoints of all subscribers. They fail at random until they are told to be calm. */
export class SubscribersServer {
  readonly unsigned: Refusal[] = [];
  /** Requests that were not answered 2xx in time, by how. */
  readonly failed: Partial<Record<Behaviour, number>> = {};
  /** Whose endpoint has said that it is gone. */
  onGone: (subscriber: Subscriber) => void = () => undefined;
  #calm = false;
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  private constructor(private readonly random: SeededRandom) {}

  static async open(random: SeededRandom): Promise<SubscribersServer> {
    const server = new SubscribersServer(random);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get failures(): number {
    return Object.values(this.failed).reduce((sum, count) => sum + count, 0);
  }

  /** @returns the URL to deliver to */
  add(subscriber: Subscriber): string {
    const path = `/${this.#subscribers.size}`;
    this.#subscribers.set(path, subscriber);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  calm(): void {
    this.#calm = true;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const subscriber = this.#subscribers.get(request.url ?? '');
    const body = await buffer(request).catch(() => undefined);
    // One that was cut off on its way.
    if (!body) return;
    if (!subscriber) throw new Error(`nobody subscribed at ${request.url}`);
    const behaviour = this.#calm ? 'take' : this.#behaviour();
    const isTaken = behaviour === 'take' || behaviour === 'take-late';
    if (behaviour !== 'take') this.failed[behaviour] = (this.failed[behaviour] ?? 0) + 1;
    this.#record(subscriber, request, body, isTaken, behaviour === 'take');
    this.#answer(behaviour, response, subscriber);
  }

  #record(
    subscriber: Subscriber,
    request: IncomingMessage,
    body: Buffer,
    taken: boolean,
    answered: boolean,
  ): void {
    const { receipts, plan } = subscriber;
    const agoMs = Date.now() - Number(request.headers['webhook-timestamp']) * 1_000;
    try {
      const inbox = subscriber.inboxOf(performance.now() - agoMs);
      const delivery = inbox.open(request.headers, body);
      const { replay, position, previous, events } = delivery;
      if (taken) inbox.take(delivery);
      const ids = events.map(({ id }) => id);
      const at = performance.now();
      const signedBefore = at - agoMs + SECOND;
      receipts.push({ at, signedBefore, replay, ids, position, previous, taken, answered });
    } catch (error) {
      const why = `${(error as Error).message} (${circumstancesOf(request.headers, agoMs)})`;
      this.unsigned.push({ feed: plan.name, why });
    }
  }

  #behaviour(): Behaviour {
    let left = this.random.next() * 1_000;
    for (const [behaviour, weight] of Object.entries(FAULTS)) {
      left -= weight;
      if (left < 0) return behaviour as Behaviour;
    }
    return 'take';
  }

  #answer(behaviour: Behaviour, response: ServerResponse, subscriber: Subscriber): void {
    switch (behaviour) {
      case 'take':
        response.writeHead(204).end();
        return;
      case 'take-late':
        setTimeout(() => response.writeHead(204).end(), LATE_MS);
        return;
      case 'refuse':
        response.writeHead(500).end('not now');
        return;
      case 'throttle':
        response.writeHead(429, { 'retry-after': '1' }).end();
        return;
      case 'gone':
        response.writeHead(410).end();
        this.onGone(subscriber);
        return;
      case 'hang':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
    }
  }
}

/** Details that may explain a wrong signature. */
function circumstancesOf(headers: IncomingHttpHeaders, agoMs: number): string {
  const told = (name: string): string => String(headers[name] ?? 'none');
  return [
    `${told('webhook-signature').split(' ').length} signatures of ${(agoMs / 1_000).toFixed(1)} s ago`,
    `attempt ${told('orderstream-attempt')} of ${told('orderstream-position')}`,
    `replay ${told('orderstream-replay')}`,
  ].join(', ');
}
