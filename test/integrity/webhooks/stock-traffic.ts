import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../seeded-random.js';
import type { Acknowledged } from './evidence.js';

const SKUS = ['tea', 'pot', 'cup'];
const PAUSE_MS = 40;
const TIMEOUT_MS = 10_000;
const AFTER_FAILURE_MS = 300;

/** Few streams of which each changes all the time: long lanes. */
export class StockTraffic {
  readonly acknowledged: Acknowledged[] = [];
  #stopped = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly apiKey: string,
    private readonly seed: number,
  ) {}

  start(): void {
    this.#running = Promise.all(
      SKUS.map((sku, index) => this.#live(sku, new SeededRandom(this.seed + index))),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #live(sku: string, random: SeededRandom): Promise<void> {
    while (!this.#stopped) {
      const isReceipt = random.chance(0.7);
      const sentAt = performance.now();
      const position = await (isReceipt
        ? this.#post(`/v1/stock/${sku}/receipts`, { quantity: 5 })
        : this.#post(`/v1/stock/${sku}/adjustments`, { quantity: -1, reason: 'broken' }));
      if (position) this.acknowledged.push({ position, sentAt, knownAt: performance.now() });
      await sleep(random.between(0, PAUSE_MS));
    }
  }

  async #post(path: string, body: object): Promise<string | undefined> {
    try {
      const answer = await fetch(`${this.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      if (answer.status === 201) return answer.headers.get('orderstream-position') ?? undefined;
    } catch {
      // Its effect, if it had any, is in the log.
    }
    await sleep(AFTER_FAILURE_MS);
    return undefined;
  }
}
