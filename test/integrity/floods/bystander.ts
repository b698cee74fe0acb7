import { setTimeout as sleep } from 'node:timers/promises';
import { WebhookReceiver } from '../../../libs/testing/src/webhook-receiver.js';
import { residentMib } from '../../bench/measuring/memory.js';

const HEALTH_MS = 10;
const ORDER_MS = 100;
const MEMORY_MS = 100;
/** Longest wait for a delivery that is still on its way when the flood is over. */
const DELIVERY_MS = 20_000;
const ORDER = JSON.stringify({
  customer: { id: 'bystander' },
  currency: 'EUR',
  items: [{ sku: 'tea', quantity: 1, unitPrice: 950 }],
});

/** What another tenant, and an operator, see while somebody floods. Milliseconds, and MiB. */
export interface Sight {
  readonly healthMs: number[];
  readonly ordersMs: number[];
  readonly readsMs: number[];
  readonly deliveriesMs: number[];
  peakMib: number;
  /** What was not answered as it should be, in words. */
  readonly failures: string[];
}

/** Looks from outside, at a steady pace: it waits for nothing before it asks again. */
export class Bystander {
  readonly #receiver: WebhookReceiver;
  readonly #acknowledgedAt = new Map<string, number>();

  private constructor(
    private readonly url: string,
    private readonly pid: number,
    private readonly apiKey: string,
    receiver: WebhookReceiver,
  ) {
    this.#receiver = receiver;
  }

  static async subscribed(url: string, pid: number, apiKey: string): Promise<Bystander> {
    const receiver = await WebhookReceiver.start();
    const bystander = new Bystander(url, pid, apiKey, receiver);
    const body = JSON.stringify({ callbackUrl: receiver.url, eventTypes: ['order.created'] });
    const { status } = await bystander.#request('POST', '/v1/webhook-subscriptions', body);
    if (status !== 201) throw new Error(`no subscription: ${status}`);
    return bystander;
  }

  async watch(during: Promise<unknown>): Promise<Sight> {
    const seen: Sight = {
      healthMs: [],
      ordersMs: [],
      readsMs: [],
      deliveriesMs: [],
      peakMib: 0,
      failures: [],
    };
    const asked: Promise<void>[] = [];
    const every = (ms: number, ask: () => Promise<void>) =>
      setInterval(() => {
        asked.push(ask().catch((error: Error) => void seen.failures.push(error.message)));
      }, ms);
    const timers = [
      every(HEALTH_MS, async () => void seen.healthMs.push(await this.#timed('GET', '/health/live', 200))),
      every(ORDER_MS, () => this.#orderAndRead(seen)),
      every(MEMORY_MS, async () => void (seen.peakMib = Math.max(seen.peakMib, residentMib(this.pid) ?? 0))),
    ];
    await during;
    for (const timer of timers) clearInterval(timer);
    await Promise.all(asked);
    await this.#addDeliveries(seen);
    return seen;
  }

  async stop(): Promise<void> {
    await this.#receiver.close();
  }

  async #orderAndRead(seen: Sight): Promise<void> {
    const began = performance.now();
    const { status, text, headers } = await this.#request('POST', '/v1/orders', ORDER);
    if (status !== 201) throw new Error(`order: ${status}`);
    seen.ordersMs.push(performance.now() - began);
    const { orderId } = JSON.parse(text) as { orderId: string };
    this.#acknowledgedAt.set(orderId, Date.now());
    const position = headers.get('orderstream-position') ?? '';
    const read = await this.#timed('GET', `/v1/orders/${orderId}`, 200, {
      'orderstream-position': position,
      prefer: 'wait=20',
    });
    seen.readsMs.push(read);
  }

  async #addDeliveries(seen: Sight): Promise<void> {
    const end = Date.now() + DELIVERY_MS;
    const arrived = () =>
      new Map(this.#receiver.deliveries.map(({ event, receivedAt }) => [event.data['orderId'], receivedAt]));
    while ([...this.#acknowledgedAt.keys()].some((id) => !arrived().has(id)) && Date.now() < end)
      await sleep(100);
    const found = arrived();
    for (const [orderId, at] of this.#acknowledgedAt) {
      const receivedAt = found.get(orderId);
      if (receivedAt === undefined) seen.failures.push(`order ${orderId} was not delivered`);
      else seen.deliveriesMs.push(Math.max(0, receivedAt - at));
    }
    this.#acknowledgedAt.clear();
    this.#receiver.deliveries.length = 0;
  }

  async #timed(method: string, path: string, wanted: number, headers = {}): Promise<number> {
    const began = performance.now();
    const { status } = await this.#request(method, path, undefined, headers);
    if (status !== wanted) throw new Error(`${method} ${path}: ${status}`);
    return performance.now() - began;
  }

  async #request(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}
