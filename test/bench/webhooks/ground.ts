import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryWatch, withCpu } from '../measuring/processes.js';
import type { Measurement } from '../measuring/measurement.js';
import { Worker } from '../measuring/worker.js';
import type { Deployment } from './deployment.js';
import { Ledger } from './ledger.js';
import type { Options } from './options.js';
import type { Produced, ProducerJob, Production } from './producers.js';
import type { RawPostsJob } from './raw-posts.js';
import type { Received, ReceiverAnswer, ReceiverJob } from './receiver.js';
import { Subscriptions } from './subscriptions.js';

export interface Consumption {
  readonly cpuMicros: number | undefined;
  readonly peakMib: number | undefined;
}

/** A run ends after this long without a delivery. */
const SILENCE_MS = 30_000;
const POLL_MS = 50;

/** The endpoints, producers and product that contestants run on. */
export class Ground {
  readonly #receiver = new Worker<ReceiverJob, ReceiverAnswer>(new URL('receiver.ts', import.meta.url), {});
  readonly #producers = new Worker<ProducerJob, Produced>(new URL('producers.ts', import.meta.url), {});
  readonly #raw = new Worker<RawPostsJob>(new URL('raw-posts.ts', import.meta.url), {});
  readonly #keys = new Map<string, Promise<string>>();

  /** @param makeKey of a tenant */
  constructor(
    readonly options: Options,
    readonly deployment: () => Deployment,
    private readonly makeKey: (tenant: string) => Promise<string>,
  ) {}

  /** URLs of endpoints, each an origin of its own. */
  async endpoints(count: number): Promise<readonly string[]> {
    const { ports = [] } = await this.#receiver.measure({ do: 'open', endpoints: count });
    return ports.map((port) => `http://127.0.0.1:${port}/`);
  }

  async subscriptions(tenant: string): Promise<Subscriptions> {
    return new Subscriptions(this.deployment().subscriptions, await this.#key(tenant));
  }

  async produce(tenant: string, job: Production): Promise<Produced> {
    const target = { url: this.deployment().commands, apiKey: await this.#key(tenant) };
    return this.#producers.measure({ ...target, ...job });
  }

  post(job: RawPostsJob): Promise<Measurement> {
    return this.#raw.measure(job);
  }

  get rawPid(): number {
    return this.#raw.pid;
  }

  async beginCounting(): Promise<void> {
    await this.#receiver.measure({ do: 'begin' });
  }

  /** Waits until the endpoints have that many events, or receive no more. */
  async received(events: number): Promise<Received> {
    let last = -1;
    for (let changedAt = performance.now(); performance.now() - changedAt < SILENCE_MS; ) {
      const { events: now = 0 } = await this.#receiver.measure({ do: 'count' });
      if (now >= events) break;
      if (now > last) changedAt = performance.now();
      last = now;
      await sleep(POLL_MS);
    }
    const { result } = await this.#receiver.measure({ do: 'result' });
    if (!result) throw new Error('the receiver has no result');
    return result;
  }

  /** Watches the process that delivers. */
  async watched<Result>(work: () => Promise<Result>, pid = this.deployment().dispatcher.pid) {
    const memory = new MemoryWatch(pid);
    const { result, cpuMicros } = await withCpu(pid, work);
    const consumption: Consumption = { cpuMicros, peakMib: memory.stop() };
    return { result, consumption };
  }

  ledger(): Promise<Ledger> {
    return Ledger.open(this.deployment().dispatcher.url);
  }

  stop(): void {
    for (const worker of [this.#receiver, this.#producers, this.#raw]) worker.stop();
  }

  #key(tenant: string): Promise<string> {
    const key = this.#keys.get(tenant) ?? this.makeKey(tenant);
    this.#keys.set(tenant, key);
    return key;
  }
}
