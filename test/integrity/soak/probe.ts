import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, positionOf } from '../../systems/client.js';
import { someOrder } from '../../systems/client.js';
import { type Metrics, readMetrics } from '../../systems/metrics.js';
import type { Subscribers } from './subscribers.js';

const MIB = 1_048_576;
const EVERY_MS = 1_000;
const PATIENCE_MS = 60_000;

/** What one order took, in milliseconds, and what the process held meanwhile. */
export interface Sample {
  /** By the clock of {@link performance}. */
  readonly at: number;
  /** Until the order was acknowledged. */
  readonly commandMs: number;
  /** Until a query with the position of the order had answered. */
  readonly queryMs: number;
  /** From the request until the webhook came. */
  readonly webhookMs: number;
  readonly residentMib: number;
  readonly heapMib: number;
  readonly fileDescriptors: number;
  readonly activeResources: number;
  readonly cpuSeconds: number;
}

export interface Failure {
  readonly at: number;
  readonly why: string;
}

/** Sends one order each second, and looks at the process. */
export class Probe {
  readonly samples: Sample[] = [];
  readonly failures: Failure[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(
    private readonly client: Client,
    private readonly subscribers: Subscribers,
    private readonly url: string,
  ) {}

  /** Resolves when the last order's webhook has come, too. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const running = this.#order().finally(() => this.#running.delete(running));
      this.#running.add(running);
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(this.#running);
  }

  async #order(): Promise<void> {
    const at = performance.now();
    const since = (from: number): number => performance.now() - from;
    try {
      const ordered = await this.client.post('/v1/orders', someOrder('soak'));
      if (ordered.status !== 201) throw new Error(`an order was answered ${ordered.status}`);
      const commandMs = since(at);
      const { orderId } = ordered.body as { orderId: string };
      const arrival = this.subscribers.arrivalOf(orderId, AbortSignal.timeout(PATIENCE_MS));
      const webhookMs = arrival.then(() => since(at));
      // Its failure is told below, where it is awaited.
      webhookMs.catch(() => undefined);
      const asked = performance.now();
      const seen = await this.client.get(`/v1/orders/${orderId}`, {
        'orderstream-position': positionOf(ordered),
      });
      if (seen.status !== 200) throw new Error(`a query was answered ${seen.status}`);
      const queryMs = since(asked);
      const held = heldBy(await readMetrics(this.url));
      this.samples.push({ at, commandMs, queryMs, webhookMs: await webhookMs, ...held });
    } catch (error) {
      this.failures.push({ at, why: (error as Error).message });
    }
  }
}

function heldBy(metrics: Metrics) {
  const value = (name: string): number => metrics.get(name) ?? Number.NaN;
  return {
    residentMib: value('process_resident_memory_bytes') / MIB,
    heapMib: value('nodejs_heap_size_used_bytes') / MIB,
    fileDescriptors: value('process_open_fds'),
    activeResources: value('nodejs_active_resources_total'),
    cpuSeconds: value('process_cpu_seconds_total'),
  };
}
