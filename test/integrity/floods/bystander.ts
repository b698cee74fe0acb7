import { setTimeout as sleep } from 'node:timers/promises';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { Client, positionOf, someOrder } from '../../systems/client.js';
import { residentMib } from '../../bench/measuring/processes.js';

const HEALTH_MS = 10;
const ORDER_MS = 100;
const MEMORY_MS = 100;
/** Longest wait for a delivery that is still on its way when the flood is over. */
const DELIVERY_MS = 20_000;

/** What another tenant and an operator observe during a flood, in milliseconds and MiB. */
export interface Sight {
  readonly healthMs: number[];
  readonly ordersMs: number[];
  readonly readsMs: number[];
  readonly deliveriesMs: number[];
  peakMib: number;
  readonly failures: string[];
}

/** Looks from outside, at a steady pace: it waits for nothing before it asks again. */
export class Bystander {
  readonly #acknowledgedAt = new Map<string, number>();

  private constructor(
    private readonly client: Client,
    private readonly pid: number,
    private readonly receiver: WebhookReceiver,
  ) {}

  static async subscribed(url: string, pid: number, apiKey: string): Promise<Bystander> {
    const receiver = await WebhookReceiver.start();
    const client = new Client(() => url, apiKey);
    await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['order.created'] });
    return new Bystander(client, pid, receiver);
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
      every(HEALTH_MS, async () => void seen.healthMs.push(await this.#timed('/health/live'))),
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
    await this.receiver.close();
  }

  async #orderAndRead(seen: Sight): Promise<void> {
    const began = performance.now();
    const answer = await this.client.post('/v1/orders', someOrder('bystander'));
    if (answer.status !== 201) throw new Error(`order: ${answer.status}`);
    seen.ordersMs.push(performance.now() - began);
    const { orderId } = answer.body as { orderId: string };
    this.#acknowledgedAt.set(orderId, Date.now());
    const read = await this.#timed(`/v1/orders/${orderId}`, {
      'orderstream-position': positionOf(answer),
      prefer: 'wait=20',
    });
    seen.readsMs.push(read);
  }

  async #addDeliveries(seen: Sight): Promise<void> {
    const end = Date.now() + DELIVERY_MS;
    const arrived = () =>
      new Map(this.receiver.deliveries.map(({ event, receivedAt }) => [event.data['orderId'], receivedAt]));
    while ([...this.#acknowledgedAt.keys()].some((id) => !arrived().has(id)) && Date.now() < end)
      await sleep(100);
    const found = arrived();
    for (const [orderId, at] of this.#acknowledgedAt) {
      const receivedAt = found.get(orderId);
      if (receivedAt === undefined) seen.failures.push(`order ${orderId} was not delivered`);
      else seen.deliveriesMs.push(Math.max(0, receivedAt - at));
    }
    this.#acknowledgedAt.clear();
    this.receiver.deliveries.length = 0;
  }

  async #timed(path: string, headers: Record<string, string> = {}): Promise<number> {
    const began = performance.now();
    const { status } = await this.client.get(path, headers);
    if (status !== 200) throw new Error(`GET ${path}: ${status}`);
    return performance.now() - began;
  }
}
