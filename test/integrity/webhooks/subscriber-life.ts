import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../seeded-random.js';
import type { Feature } from './api-features.js';
import { Subscriber, type SubscriberPlan } from './subscriber.js';
import { type SubscribersServer, TIMEOUT_MS } from './subscribers-server.js';
import type { ApiClient } from './webhook-api-client.js';

const PATH = '/v1/webhook-subscriptions';
/** Attempts never run out, and lanes are not held for long. */
const RETRY = { maxAttempts: 100, initialDelayMs: 20, maxDelayMs: 400, timeoutMs: TIMEOUT_MS };
const MOST_NEW = 8;
const MOST_REPLAYS = 12;
/** Longer than a dispatcher is frozen: when it wakes up it sends what it had signed before. */
const OVERLAP_SECONDS = 30;
const LIVE = { ordering: 'stream', fromBeginning: false, more: {} } as const;

/** Those who are there from the start; others come later. */
const FIRST: readonly (SubscriberPlan & { readonly needs?: Feature })[] = [
  { ...LIVE, name: 'everything', eventTypes: ['*'], fromBeginning: true },
  { ...LIVE, name: 'orders', eventTypes: ['order.*'] },
  { ...LIVE, name: 'stock', eventTypes: ['stock.*'] },
  { ...LIVE, name: 'steps', eventTypes: ['order.updated', 'stock.adjusted'] },
  {
    ...LIVE,
    name: 'whole partitions',
    eventTypes: ['order.*'],
    ordering: 'partition',
    more: { ordering: 'partition' },
    needs: 'orderings',
  },
  {
    ...LIVE,
    name: 'unordered',
    eventTypes: ['*'],
    ordering: 'none',
    more: { ordering: 'none' },
    needs: 'orderings',
  },
  {
    ...LIVE,
    name: 'in batches',
    eventTypes: ['*'],
    more: { batch: { maxEvents: 20, maxWaitMs: 50 } },
    needs: 'batches',
  },
];

/** What people do with their subscriptions while events are delivered to them. */
export class SubscriberLife {
  readonly subscribers: Subscriber[] = [];
  readonly counts: Record<string, number> = {};
  readonly #stop = new AbortController();
  readonly #resuming = new Set<Promise<void>>();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: ApiClient,
    private readonly server: SubscribersServer,
    private readonly features: ReadonlySet<Feature>,
    private readonly random: SeededRandom,
  ) {
    server.onGone = (subscriber) => this.#resumeSoon(subscriber);
  }

  async begin(): Promise<void> {
    for (const { needs, ...plan } of FIRST)
      if (!needs || this.features.has(needs)) await this.#subscribe(plan);
  }

  run(): void {
    this.#running = this.#live();
    // Told when it is stopped.
    this.#running.catch(() => undefined);
  }

  /** All are active again. @throws when something was answered as it should not be */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#resuming);
    if (this.features.has('resumes'))
      for (const subscriber of this.subscribers) await this.#activate(subscriber);
  }

  /** Whether all replays have come to their end. */
  async replaysEnded(): Promise<boolean> {
    for (const { subscriptionId, replays } of this.subscribers) {
      for (const { replayId } of replays) {
        const { body } = await this.api.get(`${PATH}/${subscriptionId}/replays/${replayId}`);
        if (body.state === 'running') return false;
      }
    }
    return true;
  }

  async #live(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sleep(this.random.between(300, 1_500), undefined, { signal: this.#stop.signal }).catch(
        () => undefined,
      );
      const subscriber = this.random.pick(this.subscribers);
      const act = this.random.weighted<() => Promise<unknown>>([
        [this.#has('pauses') && this.#has('resumes') ? 5 : 0, () => this.#pause(subscriber)],
        [this.#has('rotations') ? 3 : 0, () => this.#rotate(subscriber)],
        [this.#replays < MOST_REPLAYS && this.#has('replays') ? 2 : 0, () => this.#replay(subscriber)],
        [this.subscribers.length < FIRST.length + MOST_NEW ? 2 : 0, () => this.#newcomer()],
        [1, async () => undefined],
      ]);
      await act();
    }
  }

  #has = (feature: Feature): boolean => this.features.has(feature);

  get #replays(): number {
    return this.subscribers.reduce((sum, { replays }) => sum + replays.length, 0);
  }

  async #subscribe(plan: SubscriberPlan): Promise<void> {
    const subscriber = new Subscriber(plan);
    const { eventTypes, fromBeginning, more } = plan;
    const { secret } = subscriber;
    const body = {
      callbackUrl: this.server.add(subscriber),
      eventTypes,
      secret,
      retry: RETRY,
      startFrom: fromBeginning ? 'beginning' : 'now',
      ...more,
    };
    const answer = await this.#expected(201, this.api.post(PATH, body, randomUUID()));
    subscriber.since = performance.now();
    subscriber.subscriptionId = String(answer.subscriptionId);
    this.subscribers.push(subscriber);
    this.#count('subscriptions');
  }

  #newcomer(): Promise<void> {
    const name = `newcomer ${this.subscribers.length}`;
    const eventTypes = this.random.pick([['*'], ['order.*'], ['stock.received', 'order.created']]);
    return this.#subscribe({ ...LIVE, name, eventTypes, fromBeginning: true });
  }

  async #pause(subscriber: Subscriber): Promise<void> {
    this.#count('pauses');
    await this.api.post(`${PATH}/${subscriber.subscriptionId}/pause`, undefined, randomUUID());
    await sleep(this.random.between(0, 2_000));
    await this.#activate(subscriber);
  }

  async #rotate(subscriber: Subscriber): Promise<void> {
    this.#count('rotations');
    const path = `${PATH}/${subscriber.subscriptionId}/secret/rotate`;
    const asked = this.api.post(path, { overlapSeconds: OVERLAP_SECONDS }, randomUUID());
    const answer = await asked;
    // Of one that is rotated often, too many secrets overlap.
    if (answer.status === 409) return;
    const { secret } = await this.#expected(200, Promise.resolve(answer));
    subscriber.rotated(String(secret), OVERLAP_SECONDS * 1_000);
  }

  async #replay(subscriber: Subscriber): Promise<void> {
    this.#count('replays');
    const askedAt = performance.now();
    const path = `${PATH}/${subscriber.subscriptionId}/replay`;
    const { replayId } = await this.#expected(202, this.api.post(path, { from: 'beginning' }, randomUUID()));
    subscriber.replays.push({ replayId: String(replayId), askedAt });
  }

  #resumeSoon(subscriber: Subscriber): void {
    this.#count('resumes after 410');
    const resuming = sleep(this.random.between(200, 1_500))
      .then(() => this.#activate(subscriber))
      .finally(() => this.#resuming.delete(resuming));
    resuming.catch(() => undefined);
    this.#resuming.add(resuming);
  }

  async #activate({ subscriptionId }: Subscriber): Promise<void> {
    await this.api.post(`${PATH}/${subscriptionId}/resume`, undefined, randomUUID());
  }

  async #expected(status: number, asked: ReturnType<ApiClient['post']>) {
    const answer = await asked;
    if (answer.status !== status) {
      throw new Error(
        `answered ${answer.status}, not ${status}: ${JSON.stringify(answer.body).slice(0, 300)}`,
      );
    }
    return answer.body;
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}
