import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/kernel';
import { Client, positionOf } from '../../systems/client.js';
import type { Acknowledged } from './evidence.js';

const SKUS = ['tea', 'pot', 'cup'];
const PAUSE_MS = 40;
const TIMEOUT_MS = 10_000;
const AFTER_FAILURE_MS = 300;

/** A few streams that change all the time, for long lanes. */
export class StockTraffic {
  readonly acknowledged: Acknowledged[] = [];
  readonly #commands: Client;
  #stopped = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    url: string,
    apiKey: string,
    private readonly seed: number,
  ) {
    this.#commands = new Client(() => url, apiKey, TIMEOUT_MS);
  }

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
    // If there is no answer, the effect, if there was any, is in the log.
    const answer = await this.#commands.post(path, body).catch(() => undefined);
    if (answer?.status === 201) return positionOf(answer);
    await sleep(AFTER_FAILURE_MS);
    return undefined;
  }
}
