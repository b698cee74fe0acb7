import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOSTILE_KINDS } from '#libs/webhook-delivery/testing';
import { locationOf, someOrder } from '../../systems/client.js';
import { spawnTypeScript } from '../../systems/typescript.js';
import { PatientClient } from '../patient-client.js';

const PROCESS = new URL('receivers-process.ts', import.meta.url);
const RETRY = { maxAttempts: 2, initialDelayMs: 50, maxDelayMs: 100, timeoutMs: 5_000 };
const LOOK_MS = 500;
const PATIENCE_MS = 180_000;
const PAGE = 500;

const ENDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(HOSTILE_KINDS).flatMap(([group, kinds]) =>
    kinds.map(({ name, ends }) => [`${group}/${name}`, ends] as const),
  ),
);

interface LoggedDelivery {
  readonly status: string;
  readonly attempts: readonly { readonly error?: string }[];
}

/** How the attempts at one kind ended, and how often each way. */
export type EndsByKind = ReadonlyMap<string, Readonly<Record<string, number>>>;

/** A subscription of one tenant to a receiver of each hostile kind. */
export class HostileSubscribers {
  readonly #paths = new Map<string, string>();

  private constructor(
    private readonly client: PatientClient,
    private readonly receivers: ChildProcess,
  ) {}

  static async subscribed(url: string, apiKey: string): Promise<HostileSubscribers> {
    const receivers = spawnTypeScript(PROCESS);
    const line = await firstLine(receivers.stdout);
    const all = new HostileSubscribers(new PatientClient(url, apiKey), receivers);
    for (const [kind, callbackUrl] of Object.entries(JSON.parse(line) as Record<string, string>)) {
      const body = { callbackUrl, eventTypes: ['order.created'], retry: RETRY, onExhausted: 'skip' };
      all.#paths.set(kind, locationOf(await all.client.subscribe(body)));
    }
    return all;
  }

  get size(): number {
    return this.#paths.size;
  }

  /**
   * Creates that many orders at once, each owed to all of them, and waits until all deliveries have ended.
   * @param rounds how often that was done, with this one: it is looked at all of them
   */
  async deliver(orders: number, rounds: number): Promise<EndsByKind> {
    const batch = Array.from({ length: orders }, () => someOrder('hostile'));
    const { status } = await this.client.post('/v1/orders/batch', batch);
    if (status !== 200) throw new Error(`orders: ${status}`);
    const end = performance.now() + PATIENCE_MS;
    const found = new Map<string, Record<string, number>>();
    const owed = orders * rounds;
    for (const [kind, path] of this.#paths) {
      let deliveries = await this.#deliveries(path);
      while (endedOf(deliveries).length < owed && performance.now() < end) {
        await sleep(LOOK_MS);
        deliveries = await this.#deliveries(path);
      }
      found.set(kind, countsOf(deliveries, owed));
    }
    return found;
  }

  async stop(): Promise<void> {
    for (const path of this.#paths.values()) await this.client.delete(path);
    this.receivers.stdin?.end();
  }

  async #deliveries(path: string): Promise<LoggedDelivery[]> {
    const answer = await this.client.get(`${path}/deliveries?limit=${PAGE}`);
    return (answer.body as { items: LoggedDelivery[] }).items;
  }
}

/** Ends that a kind must not have, and deliveries that have not ended. */
export const violationsOf = (found: EndsByKind): string[] =>
  [...found].flatMap(([kind, counts]) =>
    Object.entries(counts)
      .filter(([end]) => !ENDS.get(kind)?.includes(end))
      .map(([end, times]) => `${kind}: ${end} ${times} times`),
  );

const endedOf = (deliveries: readonly LoggedDelivery[]): readonly LoggedDelivery[] =>
  deliveries.filter(({ status }) => status !== 'retrying');

function countsOf(deliveries: readonly LoggedDelivery[], orders: number): Record<string, number> {
  const counts: Record<string, number> = {};
  const count = (end: string, times = 1): void => {
    counts[end] = (counts[end] ?? 0) + times;
  };
  for (const { attempts, status } of deliveries) {
    for (const { error } of attempts) count(error ?? 'delivered');
    if (status === 'retrying') count('not ended');
  }
  if (deliveries.length < orders) count('not begun', orders - deliveries.length);
  return counts;
}

async function firstLine(output: Readable): Promise<string> {
  for await (const line of createInterface(output)) return line;
  throw new Error('the receivers ended before they had begun');
}
