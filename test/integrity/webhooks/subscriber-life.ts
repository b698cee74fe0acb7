import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/kernel';
import type { Answer } from '../../systems/client.js';
import type { PatientClient } from '../patient-client.js';
import { Subscriber, type SubscriberPlan } from './subscriber.js';
import { EVENT_TYPES, FIRST_PLANS, newcomerPlan, RETRY, VERSIONS } from './subscriber-plans.js';
import type { SubscribersServer } from './subscribers-server.js';

const PATH = '/v1/webhook-subscriptions';
const MOST_NEW = 8;
const MOST_REPLAYS = 12;
/** Longer than a dispatcher is frozen: when it wakes up it sends what it had signed before. */
const OVERLAP_SECONDS = 30;

/** Operations on subscriptions while events are delivered to them. */
export class SubscriberLife {
  readonly subscribers: Subscriber[] = [];
  readonly counts: Record<string, number> = {};
  readonly #stop = new AbortController();
  readonly #resuming = new Set<Promise<void>>();
  #running: Promise<void> = Promise.resolve();
  #beganAt = 0;

  constructor(
    private readonly api: PatientClient,
    private readonly server: SubscribersServer,
    private readonly random: SeededRandom,
  ) {
    server.onGone = (subscriber) => this.#resumeSoon(subscriber);
  }

  async begin(): Promise<void> {
    for (const plan of FIRST_PLANS) await this.#subscribe(plan);
    this.#beganAt = performance.now();
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
    for (const subscriber of this.subscribers) await this.#activate(subscriber);
  }

  /** Whether all replays have come to their end. */
  async replaysEnded(): Promise<boolean> {
    for (const { subscriptionId, replays } of this.subscribers) {
      for (const { replayId } of replays) {
        const answer = await this.api.get(`${PATH}/${subscriptionId}/replays/${replayId}`);
        if ((answer.body as { state: string }).state === 'running') return false;
      }
    }
    return true;
  }

  /** All dead letters there are. */
  async redrive(): Promise<void> {
    this.#count('redrives');
    for (const { subscriptionId } of this.subscribers) {
      const path = `${PATH}/${subscriptionId}/dead-letters/redrive`;
      expected(200, await this.api.post(path, { all: true }, newKey()));
    }
  }

  async #live(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sleep(this.random.between(300, 1_500), undefined, { signal: this.#stop.signal }).catch(
        () => undefined,
      );
      const subscriber = this.random.pick(this.subscribers);
      const act = this.random.weighted<() => Promise<unknown>>([
        [5, () => this.#pause(subscriber)],
        [3, () => this.#rotate(subscriber)],
        [3, () => this.#change(subscriber)],
        [subscriber.replays.length === 0 ? 9 : 0, () => this.#askForOther(subscriber)],
        [3, () => this.redrive()],
        [this.#mayReplay(subscriber) ? 2 : 0, () => this.#replay(subscriber)],
        [this.subscribers.length < FIRST_PLANS.length + MOST_NEW ? 2 : 0, () => this.#newcomer()],
        [1, async () => undefined],
      ]);
      await act();
    }
  }

  #mayReplay({ asksForOther }: Subscriber): boolean {
    return (
      !asksForOther && this.subscribers.reduce((sum, { replays }) => sum + replays.length, 0) < MOST_REPLAYS
    );
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
    const answer = expected(201, await this.api.post(PATH, body, newKey()));
    subscriber.since = performance.now();
    subscriber.subscriptionId = String(answer.subscriptionId);
    await this.#projected(subscriber);
    this.subscribers.push(subscriber);
    this.#count('subscriptions');
  }

  /** What is asked of a subscription next is refused until the read model has it, and its projector may be frozen. */
  async #projected({ subscriptionId }: Subscriber): Promise<void> {
    while ((await this.api.get(`${PATH}/${subscriptionId}`)).status === 404) await sleep(100);
  }

  #newcomer(): Promise<void> {
    const name = `newcomer ${this.subscribers.length}`;
    return this.#subscribe(newcomerPlan(name, this.random.pick(EVENT_TYPES)));
  }

  async #pause(subscriber: Subscriber): Promise<void> {
    this.#count('pauses');
    await this.api.post(`${PATH}/${subscriber.subscriptionId}/pause`, undefined, newKey());
    await sleep(this.random.between(0, 2_000));
    await this.#activate(subscriber);
  }

  async #rotate(subscriber: Subscriber): Promise<void> {
    this.#count('rotations');
    const path = `${PATH}/${subscriber.subscriptionId}/secret/rotate`;
    const answer = await this.api.post(path, { overlapSeconds: OVERLAP_SECONDS }, newKey());
    // Frequent rotations reach the limit of overlapping secrets.
    if (answer.status === 409) return;
    const { secret } = expected(200, answer);
    subscriber.rotated(String(secret), OVERLAP_SECONDS * 1_000);
  }

  /** How it is delivered, and where to; not what. */
  async #change(subscriber: Subscriber): Promise<void> {
    this.#count('changes');
    const body = {
      ...(this.random.chance(0.5) && { callbackUrl: this.server.add(subscriber) }),
      retry: { maxDelayMs: this.random.between(200, 600) },
      headers: { 'x-changed': String(this.random.between(0, 1_000)) },
    };
    const path = `${PATH}/${subscriber.subscriptionId}`;
    expected(200, await this.api.patch(path, body, newKey()));
  }

  /** Changes what is delivered, from the positions in the change's event on. */
  async #askForOther(subscriber: Subscriber): Promise<void> {
    this.#count('changes of event types or filters');
    subscriber.asksForOther = true;
    const versions = this.random.pick(VERSIONS);
    const body = {
      ...(this.random.chance(0.7) && { eventTypes: this.random.pick(EVENT_TYPES) }),
      ...(this.random.chance(0.5) && { filter: versions && { 'metadata.version': versions } }),
    };
    const path = `${PATH}/${subscriber.subscriptionId}`;
    if (Object.keys(body).length > 0) expected(200, await this.api.patch(path, body, newKey()));
  }

  /** Replays from the beginning or later, up to now, to the subscription's URL or another one. */
  async #replay(subscriber: Subscriber): Promise<void> {
    this.#count('replays');
    const askedAt = performance.now();
    const since = this.random.chance(0.5)
      ? undefined
      : this.#beganAt + this.random.next() * (askedAt - this.#beganAt);
    const body = {
      from: since === undefined ? 'beginning' : { time: timeOf(since) },
      // Events appended in this millisecond are included.
      ...(this.random.chance(0.5) && { to: { time: timeOf(askedAt + 1) } }),
      ...(this.random.chance(0.5) && { callbackUrl: this.server.add(subscriber) }),
    };
    const path = `${PATH}/${subscriber.subscriptionId}/replay`;
    const { replayId } = expected(202, await this.api.post(path, body, newKey()));
    subscriber.replays.push({ replayId: String(replayId), askedAt, since });
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
    await this.api.post(`${PATH}/${subscriptionId}/resume`, undefined, newKey());
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

const newKey = () => ({ 'idempotency-key': randomUUID() });

function expected(status: number, answer: Answer): Readonly<Record<string, unknown>> {
  if (answer.status !== status) {
    const body = JSON.stringify(answer.body).slice(0, 300);
    throw new Error(`answered ${answer.status}, not ${status}: ${body}`);
  }
  return answer.body as Record<string, unknown>;
}

const timeOf = (at: number): string => new Date(performance.timeOrigin + at).toISOString();
