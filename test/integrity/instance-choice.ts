import type { Reply } from './order-client.js';
import type { SeededRandom } from './seeded-random.js';

/** An instance that did not answer is left alone for so long. */
const AVOID_MS = 3_000;

/**
 * Chooses as a load balancer does: any instance, but for those that already keep many waiting or did not answer just
 * now. Without it every client would soon wait for the one that is frozen, and nothing would change meanwhile.
 */
export class InstanceChoice {
  readonly #waiting: number[];
  readonly #avoidedUntil: number[];

  constructor(
    instances: number,
    private readonly mostWaiting: number,
  ) {
    this.#waiting = Array.from({ length: instances }, () => 0);
    this.#avoidedUntil = Array.from({ length: instances }, () => 0);
  }

  async send(
    random: SeededRandom,
    send: (instance: number) => Promise<readonly Reply[]>,
  ): Promise<{ readonly instance: number; readonly replies: readonly Reply[] }> {
    const instance = this.#choose(random);
    this.#count(instance, 1);
    const replies = await send(instance).finally(() => this.#count(instance, -1));
    if (replies.some(({ silent }) => silent)) this.#avoidedUntil[instance] = performance.now() + AVOID_MS;
    return { instance, replies };
  }

  #choose(random: SeededRandom): number {
    const all = [...this.#waiting.keys()];
    const answering = all.filter((index) => (this.#avoidedUntil[index] ?? 0) < performance.now());
    const idle = answering.filter((index) => (this.#waiting[index] ?? 0) < this.mostWaiting);
    return random.pick(idle.length > 0 ? idle : answering.length > 0 ? answering : all);
  }

  #count(instance: number, change: 1 | -1): void {
    this.#waiting[instance] = (this.#waiting[instance] ?? 0) + change;
  }
}
