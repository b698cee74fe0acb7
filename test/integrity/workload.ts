import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/kernel';
import { nextStatuses } from './checks/order-life.js';
import type { Attempt, History, OrderRequest, Outcome } from './history.js';
import type { OrderClient, Reply } from './order-client.js';

interface WorkloadOptions {
  readonly clients: number;
  readonly instances: number;
  readonly seed: number;
  readonly keys: boolean;
  readonly batches: boolean;
  /** Longest pause of a client between two operations. */
  readonly pauseMs: number;
}

interface KnownOrder {
  readonly orderId: string;
  status: string;
  version: number;
  changedAt: number;
}

const TRIES = 4;
const LONGEST_WAIT_MS = 1_500;
/** Steps go to the orders that are young: so several clients meet at one. */
const YOUNG = 60;
const KEYS_KEPT = 2_000;
/** Commands in one visit to an instance that wakes up. */
const VISITS = 40;
/** Enough that every partition almost certainly gets one. */
const PROBES = 120;

/** Many clients that create orders, take them further, race each other, and repeat themselves. */
export class Workload {
  readonly #orders: KnownOrder[] = [];
  readonly #keyed: OrderRequest[] = [];
  readonly #running: Promise<unknown>[] = [];
  readonly #choice: InstanceChoice;
  #markers = 0;
  #stopped = false;

  constructor(
    private readonly client: OrderClient,
    private readonly history: History,
    private readonly options: WorkloadOptions,
  ) {
    this.#choice = new InstanceChoice(options.instances, Math.ceil(options.clients / options.instances));
  }

  start(): void {
    for (let index = 0; index < this.options.clients; index++) {
      this.#running.push(this.#live(new SeededRandom(this.options.seed * 1_000 + index)));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  /** Sends commands with a key again for that long: the instances that took them may be gone. */
  async repeatKeyed(forMs: number): Promise<void> {
    const random = new SeededRandom(this.options.seed);
    const end = performance.now() + forMs;
    while (this.#keyed.length > 0 && performance.now() < end) {
      const some = Array.from({ length: 10 }, () => random.pick(this.#keyed));
      await Promise.all(some.map((request) => this.#perform(random, request)));
    }
  }

  /** Whether many new orders, for every partition some, are all accepted within the time, whichever instance is asked. */
  async takesCommands(withinMs: number): Promise<boolean> {
    const end = performance.now() + withinMs;
    do {
      const creates = Array.from({ length: PROBES }, (_, index) =>
        this.#try(this.#create(), index % this.options.instances),
      );
      if ((await Promise.all(creates)).every(({ kind }) => kind === 'accepted')) return true;
    } while (performance.now() < end);
    return false;
  }

  /**
   * Sends one instance, whatever its state, commands about orders that have just changed, and that nobody changes from
   * then on. One that has slept through the changes must not answer from memory.
   */
  visit(instance: number): void {
    const random = new SeededRandom(this.options.seed + this.#markers);
    const justChanged = this.#orders.toSorted((a, b) => b.changedAt - a.changedAt).slice(0, VISITS);
    for (const order of justChanged) {
      this.#orders.splice(this.#orders.indexOf(order), 1);
      const request = this.#step(order, random);
      const conditional = random.chance(0.5) && { expectedVersion: order.version };
      this.#running.push(this.#try({ ...request, ...conditional }, instance));
    }
  }

  async #try(request: OrderRequest, instance: number): Promise<Outcome> {
    const startedAt = performance.now();
    const operation = this.history.newOperation();
    const reply = await this.client.send(instance, request);
    this.#note({ operation, request, instance, startedAt, via: 'single' }, reply);
    return reply.outcome;
  }

  async #live(random: SeededRandom): Promise<void> {
    while (!this.#stopped) {
      await this.#act(random);
      await sleep(random.between(0, this.options.pauseMs));
    }
  }

  async #act(random: SeededRandom): Promise<void> {
    const { keys, batches } = this.options;
    const order = this.#orders.length > 0 ? random.pick(this.#orders) : undefined;
    const keyed = this.#keyed.length > 0 ? random.pick(this.#keyed) : undefined;
    const act = random.weighted<() => Promise<unknown>>([
      [20, () => this.#perform(random, this.#create())],
      [keys ? 15 : 0, () => this.#perform(random, this.#remember(this.#create(this.#newKey())))],
      [order ? 20 : 0, () => this.#perform(random, this.#step(order, random))],
      [order ? 12 : 0, () => this.#race(random, order)],
      [
        order && keys ? 12 : 0,
        () => this.#perform(random, this.#remember(this.#step(order, random, this.#newKey()))),
      ],
      [keyed ? 15 : 0, () => this.#perform(random, keyed as OrderRequest)],
      [keyed ? 4 : 0, () => this.#perform(random, { ...(keyed as OrderRequest), marker: this.#newMarker() })],
      [batches ? 5 : 0, () => this.#batch(random)],
    ]);
    await act();
  }

  #create(key?: string): OrderRequest {
    return { kind: 'create', status: 'created', marker: this.#newMarker(), ...(key && { key }) };
  }

  #step(order: KnownOrder | undefined, random: SeededRandom, key?: string): OrderRequest {
    if (!order) throw new Error('no order is known yet');
    const next = nextStatuses(order.status);
    // Now and then one that is refused.
    const status = next.length > 0 && random.chance(0.9) ? random.pick(next) : 'delivered';
    const conditional = random.chance(0.3) && { expectedVersion: order.version };
    return {
      kind: 'step',
      orderId: order.orderId,
      status,
      marker: this.#newMarker(),
      ...conditional,
      ...(key && { key }),
    };
  }

  /** Sends several commands for one version through different instances; only one can win. */
  async #race(random: SeededRandom, order: KnownOrder | undefined): Promise<void> {
    const rivals = Array.from({ length: 3 }, () => {
      const request = this.#step(order, random);
      return this.#perform(random, { ...request, expectedVersion: order?.version ?? 0 });
    });
    await Promise.all(rivals);
  }

  async #batch(random: SeededRandom): Promise<void> {
    const { keys } = this.options;
    const requests = Array.from({ length: random.between(2, 8) }, () =>
      this.#create(keys && random.chance(0.5) ? this.#newKey() : undefined),
    );
    const times = keys && random.chance(0.3) ? 2 : 1;
    for (let time = 1; time <= times; time++) {
      // Only commands with a key may be repeated.
      const sent = time === 1 ? requests : requests.filter(({ key }) => key !== undefined);
      if (sent.length > 0) await this.#sendBatch(random, sent);
    }
  }

  async #sendBatch(random: SeededRandom, requests: readonly OrderRequest[]): Promise<void> {
    const startedAt = performance.now();
    const { instance, replies } = await this.#choice.send(random, (to) =>
      this.client.sendBatch(to, requests),
    );
    requests.forEach((request, index) => {
      const reply = replies[index];
      if (!reply) throw new Error('a command of a batch without a reply');
      const operation = this.history.newOperation();
      this.#note({ operation, request, instance, startedAt, via: 'batch' }, reply);
    });
  }

  /** Retries as a real client would: after a failure, and after an unknown outcome if a key makes that safe. */
  async #perform(random: SeededRandom, first: OrderRequest): Promise<void> {
    const operation = this.history.newOperation();
    let request = first;
    for (let left = TRIES - 1; ; left--) {
      const startedAt = performance.now();
      const sent = request;
      const { instance, replies } = await this.#choice.send(random, async (to) => [
        await this.client.send(to, sent),
      ]);
      const [reply] = replies;
      if (!reply) throw new Error('a command without a reply');
      this.#note({ operation, request, instance, startedAt, via: 'single' }, reply);
      const isKeyed = request.key !== undefined;
      const again = reply.outcome.kind === 'failed' || (reply.outcome.kind === 'unknown' && isKeyed);
      if (!again || left === 0) return;
      // A new body, so that the log tells which of the tries had an effect; under a key it has to be the same.
      if (!isKeyed) request = { ...request, marker: this.#newMarker() };
      const wait = Math.min(reply.retryAfterMs ?? 300, LONGEST_WAIT_MS);
      await sleep(wait * (0.5 + random.next() / 2));
    }
  }

  #note(attempt: Omit<Attempt, 'endedAt' | 'outcome'>, { outcome }: Reply): void {
    this.history.record({ ...attempt, endedAt: performance.now(), outcome });
    this.#learn(attempt.request, outcome);
  }

  #learn({ status }: OrderRequest, outcome: Outcome): void {
    if (outcome.kind !== 'accepted') return;
    const { orderId, version } = outcome;
    const changedAt = performance.now();
    const known = this.#orders.find((order) => order.orderId === orderId);
    if (!known && version === 1) {
      this.#orders.push({ orderId, status, version, changedAt });
      if (this.#orders.length > YOUNG) this.#orders.shift();
    } else if (known && known.version < version) Object.assign(known, { status, version, changedAt });
  }

  #remember(request: OrderRequest): OrderRequest {
    this.#keyed.push(request);
    if (this.#keyed.length > KEYS_KEPT) this.#keyed.shift();
    return request;
  }

  #newMarker = (): string => `m-${this.options.seed}-${++this.#markers}`;
  #newKey = (): string => `k-${this.options.seed}-${++this.#markers}`;
}

/** How long an instance that did not answer is left alone. */
const AVOID_MS = 3_000;

/**
 * Chooses as a load balancer does: any instance, but for those that already keep many waiting or did not answer just
 * now. Without it every client would soon wait for the one that is frozen, and nothing would change meanwhile.
 */
class InstanceChoice {
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
