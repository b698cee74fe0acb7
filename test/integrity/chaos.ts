import { setTimeout as sleep } from 'node:timers/promises';
import { awaitInSyncReplicas } from './in-sync-replicas.js';
import { SeededRandom } from './seeded-random.js';
import type { System } from './system.js';

/** Of the group by which instances share the partitions. */
export const SESSION_TIMEOUT_MS = 6_000;

/** Until what is sent to a frozen instance lies in its sockets. */
const ARRIVAL_MS = 300;

export const FAULTS = [
  'kill-instance',
  'freeze-instance',
  'restart-instance',
  'kill-broker',
  'swallow-answers',
] as const;
export type Fault = (typeof FAULTS)[number];

/** One fault after the other, each kind once in every round, until it is stopped; every fault is healed. */
export class Chaos {
  readonly #inflicted: Fault[] = [];
  readonly #random: SeededRandom;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly system: System,
    private readonly faults: readonly Fault[],
    seed: number,
    private readonly log: (line: string) => void,
    /** Called while an instance is frozen whose partitions others have by now: what it is sent, it gets as a zombie. */
    private readonly beforeWaking: (instance: number) => void,
  ) {
    this.#random = new SeededRandom(seed);
  }

  /** @returns when all has been healed after `stop` or the last round; rejects if something does not come back. */
  run(rounds = Number.POSITIVE_INFINITY): Promise<void> {
    this.#running ??= this.#rounds(rounds);
    return this.#running;
  }

  /** No new fault; the one under way is healed first. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  counts(): Record<string, number> {
    return Object.fromEntries(
      this.faults.map((fault) => [`faults ${fault}`, this.#inflicted.filter((one) => one === fault).length]),
    );
  }

  async #rounds(count: number): Promise<void> {
    for (let round = 0; round < count && !this.#stop.signal.aborted; round++) {
      for (const fault of this.#random.shuffled(this.faults)) {
        if (this.#stop.signal.aborted) return;
        this.#inflicted.push(fault);
        await this.#inflict(fault);
        await sleep(this.#random.between(500, 2_000), undefined, { signal: this.#stop.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  #inflict(fault: Fault): Promise<void> {
    switch (fault) {
      case 'kill-instance':
        return this.#restartInstance(fault, 'SIGKILL');
      case 'restart-instance':
        return this.#restartInstance(fault, 'SIGTERM');
      case 'freeze-instance':
        return this.#freezeInstance();
      case 'kill-broker':
        return this.#killBroker();
      case 'swallow-answers':
        return this.#swallowAnswers();
    }
  }

  async #restartInstance(fault: Fault, signal: NodeJS.Signals): Promise<void> {
    const index = this.#anyInstance();
    // Sometimes it is back before its session is over, sometimes others have taken its partitions by then.
    const awayMs = this.#random.between(0, fault === 'kill-instance' ? SESSION_TIMEOUT_MS + 1_000 : 500);
    this.log(`${fault} ${index}, back after ${awayMs} ms`);
    await this.system.instances[index]?.restart(signal, () => sleep(awayMs));
  }

  /** It wakes up as a zombie: it takes itself for the owner of partitions that others have claimed. */
  async #freezeInstance(): Promise<void> {
    const index = this.#anyInstance();
    const app = this.system.instances[index]?.app;
    // Long enough for the others to take its partitions over, and to change what it remembers.
    const frozenMs = SESSION_TIMEOUT_MS + this.#random.between(4_000, 7_000);
    this.log(`freeze-instance ${index} for ${frozenMs} ms`);
    app?.pause();
    await sleep(frozenMs);
    this.beforeWaking(index);
    await sleep(ARRIVAL_MS);
    app?.resume();
  }

  async #killBroker(): Promise<void> {
    const { nodes, directBrokers } = this.system.cluster;
    const node = this.#random.pick(nodes);
    const awayMs = this.#random.between(500, 4_000);
    this.log(`kill-broker ${node.id}, back after ${awayMs} ms`);
    await node.kill9();
    await sleep(awayMs);
    await node.restart();
    // Two brokers away at once would make partitions unavailable, and prove nothing.
    await awaitInSyncReplicas(directBrokers);
  }

  async #swallowAnswers(): Promise<void> {
    const proxy = this.#random.pick(this.system.proxies);
    const forMs = this.#random.between(200, 2_000);
    this.log(`swallow-answers of broker ${this.system.proxies.indexOf(proxy) + 1} for ${forMs} ms`);
    proxy.swallowAnswers();
    await sleep(forMs);
    proxy.cut();
  }

  #anyInstance = (): number => this.#random.between(0, this.system.instances.length - 1);
}
