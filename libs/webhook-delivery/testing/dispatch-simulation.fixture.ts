import type { DeliveryFate, Feed } from '../core/ports.js';
import type { PartitionDispatcher } from '../core/partition/partition-dispatcher.js';
import { FeedIndex } from '../core/feeds/feed-index.js';
import { DispatchHarness, feedOf, newsOf } from './dispatch-harness.fixture.js';
import { DELIVERED, failed } from './scripted-client.fixture.js';
import type {
  Answer,
  Move,
  SimulatedEvent,
  SimulatedFeed,
  SimulatedRule,
} from './simulation-moves.fixture.js';
import { FaultPlan, type PlannedCall, UnsteadyProcess } from './unsteady-process.fixture.js';
import { topicPartitionKey } from '#libs/kernel';
import { type PositionVector, withRule } from '#libs/webhooks';
import type { InMemoryOrders } from './in-memory-orders.fixture.js';
import { WatchedWatermarks } from './watched-watermarks.fixture.js';

const LIMITS = {
  maxQueued: 6,
  fewQueued: 2,
  mostWaiting: 3,
  tailEvents: 5,
  batchEvents: 3,
  patienceMs: 200,
  deactivateAfterMs: 250,
  idleSaveMs: 900,
  maxUnsaved: 20,
};
const GATES = { concurrency: 3, openAfterFailures: 8, openMs: 300, longestOpenMs: 2_000 };
const DOWN = new Error('it is down');
/** Bounds the wait for the end: the slowest endpoint takes over a second for each of hundreds of events. */
const MOST_ROUNDS = 200;

export interface SimulationOptions {
  readonly feeds: readonly SimulatedFeed[];
  readonly answers?: readonly Answer[];
  readonly faultPlan?: readonly PlannedCall[];
}

/** Dispatchers come and go over one log and one store; feeds come, change and pause. */
export class DispatchSimulation {
  readonly harness = new DispatchHarness(LIMITS, GATES);
  readonly feeds = new SimulatedFeeds(this.harness.log, () => this.harness.clock.now());
  readonly watermarks = new WatchedWatermarks(this.feeds.all, this.harness.log.events);
  readonly counts = new Map<string, Record<DeliveryFate, number>>();
  /** When a person skipped which events, in milliseconds since 1970, by feed. */
  readonly skipped = new Map<string, Map<string, number>>();
  readonly #faultPlan: FaultPlan;
  readonly #bad = new Set<string>();
  readonly #running = new Map<PartitionDispatcher, UnsteadyProcess>();
  readonly #indexes = new Map<PartitionDispatcher, FeedIndex>();
  /** The feeds that every dispatcher knows, including the next one to start. */
  #heard: readonly Feed[] | undefined;
  /** A change was made that not all have heard of at once. */
  hearsLate = false;
  #attempts = 0;
  #hasFault = false;

  constructor({ feeds, answers = [], faultPlan = [] }: SimulationOptions) {
    this.#faultPlan = new FaultPlan(faultPlan);
    const { client } = this.harness;
    const answerNow = () => answers[this.#attempts % answers.length];
    client.answer = ({ events }) => {
      if (this.#hasFault) {
        this.#hasFault = false;
        throw new TypeError('our bug');
      }
      const isBad = events.some(({ metadata }) => this.#bad.has(metadata.streamId));
      return isBad || answerNow()?.succeeds === false ? failed(500) : DELIVERED;
    };
    client.answered = (request, outcome) => this.watermarks.answered(request, outcome);
    client.takesMs = (request) => {
      this.watermarks.sent(request);
      this.#attempts++;
      return answerNow()?.takesMs ?? 0;
    };
    const counted = this.harness.counted.bind(this.harness);
    this.harness.counted = (feed, fate, events) => {
      counted(feed, fate, events);
      const counts = this.counts.get(feed.feedId) ?? {
        owed: 0,
        delivered: 0,
        skipped: 0,
        parked: 0,
        redriven: 0,
      };
      counts[fate] += events;
      this.counts.set(feed.feedId, counts);
    };
    for (const feed of feeds) this.feeds.begin(feed, 0);
  }

  get dispatchers(): PartitionDispatcher[] {
    return [...this.#running.keys()];
  }

  get budgets(): number[] {
    return [...this.#running.values()].map(({ budget }) => budget.used);
  }

  /** @param moved called after each move, and at the end */
  async run(moves: readonly Move[], moved: () => void = () => undefined): Promise<void> {
    for (const move of moves) {
      await this.perform(move);
      moved();
    }
    await this.#finish();
    moved();
  }

  async perform(move: Move): Promise<void> {
    const { harness } = this;
    if (this.#running.size === 0) await this.#begin();
    switch (move.kind) {
      case 'publish':
        this.#publish(move.events, true);
        break;
      case 'publish-unseen':
        this.#publish(move.events, false);
        break;
      case 'control-record':
        harness.log.putControlRecord();
        break;
      case 'wait':
        await this.#wait(move.ms);
        break;
      case 'continue-at-end':
        for (const dispatcher of this.#running.keys()) dispatcher.continueAt(harness.log.end);
        break;
      case 'stop':
        await this.#stop();
        break;
      case 'crash':
        this.#crash();
        break;
      case 'rival':
        await this.#begin();
        break;
      case 'begin':
        this.feeds.begin(move.feed, move.from);
        await this.#serve();
        break;
      case 'replay':
        this.feeds.replay(move.nth, move.from, move.to);
        await this.#serve();
        break;
      case 'change':
        this.feeds.change(move.nth, move.rule);
        await this.#serve();
        break;
      case 'change-unheard':
        this.hearsLate = true;
        this.feeds.change(move.nth, move.rule);
        break;
      case 'hear':
        this.#hear(this.dispatchers[move.nth % this.dispatchers.length]);
        break;
      case 'pause':
      case 'disable':
        this.feeds.stop(move.nth, move.kind === 'pause' ? 'paused' : 'disabled');
        await this.#serve();
        break;
      case 'resume':
        this.feeds.resume(move.nth);
        await this.#serve();
        break;
      case 'redrive':
      case 'skip':
        this.#release(move.nth, move.kind);
        break;
      case 'turn-bad':
        this.#bad.add(move.stream);
        break;
      case 'turn-good':
        this.#bad.delete(move.stream);
        break;
      case 'store-down':
      case 'store-up':
        harness.store.outage = move.kind === 'store-down' ? DOWN : undefined;
        break;
      case 'log-down':
      case 'log-up':
        harness.log.outage = move.kind === 'log-down' ? DOWN : undefined;
        break;
      case 'fault':
        this.#hasFault = true;
        break;
    }
    await harness.clock.runPending();
  }

  /** Stops all faults for long enough, and redrives every dead letter. */
  async #finish(): Promise<void> {
    const { harness } = this;
    this.#faultPlan.calm();
    this.#bad.clear();
    this.#hasFault = false;
    harness.store.outage = harness.log.outage = undefined;
    harness.client.answer = () => DELIVERED;
    if (![...this.#running.keys()].some((dispatcher) => !dispatcher.stopped)) await this.#begin();
    this.feeds.resumeAll();
    await this.#serve();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await this.#wait(5_000);
      if (round > 1 && this.#isOver()) return;
      for (const id of this.feeds.all.keys()) harness.store.redrive(id);
    }
  }

  #isOver(): boolean {
    const isQuiet = this.dispatchers.every((each) => each.stopped || each.lags().length === 0);
    return isQuiet && this.harness.store.lanesOf().length === 0;
  }

  async #begin(): Promise<void> {
    const process = new UnsteadyProcess(this.harness.clock, this.#faultPlan);
    const index = new FeedIndex();
    this.#heard ??= this.feeds.served;
    index.apply(newsOf(index, this.#heard));
    const dispatcher = this.harness.dispatcher((ports) => process.portsOf(ports), index);
    this.#running.set(dispatcher, process);
    this.#indexes.set(dispatcher, index);
    await this.harness.clock.runPending();
  }

  #crash(): void {
    for (const [dispatcher, process] of this.#running) {
      process.isGone = true;
      this.harness.dispatchers.delete(dispatcher);
    }
    this.#running.clear();
  }

  async #stop(): Promise<void> {
    const stopped = Promise.all(this.dispatchers.map((dispatcher) => dispatcher.stop()));
    await this.harness.clock.advance(15_000);
    await stopped;
    for (const dispatcher of this.#running.keys()) this.harness.dispatchers.delete(dispatcher);
    this.#running.clear();
  }

  async #wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await this.harness.clock.advance(Math.min(left, 500));
      for (const dispatcher of this.#running.keys()) dispatcher.mend();
    }
  }

  #publish(given: readonly SimulatedEvent[], isBrought: boolean): void {
    const { log } = this.harness;
    const first = log.end;
    const events = given.map(({ stream, type }) => log.append(stream, type));
    if (!isBrought) return;
    for (const dispatcher of this.#running.keys()) dispatcher.append(log.batch(first, events));
  }

  /** All hear of the feeds as they are now. */
  async #serve(): Promise<void> {
    this.#heard = this.feeds.served;
    for (const dispatcher of this.dispatchers) this.#hear(dispatcher);
    await this.harness.clock.runPending();
  }

  #hear(dispatcher: PartitionDispatcher | undefined): void {
    const index = dispatcher && this.#indexes.get(dispatcher);
    if (index) dispatcher.reconcile(index.apply(newsOf(index, this.feeds.served)));
  }

  #release(nth: number, kind: 'redrive' | 'skip'): void {
    const feedId = this.feeds.live(nth)?.feedId;
    if (!feedId || this.harness.store.outage) return;
    if (kind === 'redrive') return this.harness.store.redrive(feedId);
    const skipped = this.skipped.get(feedId) ?? new Map<string, number>();
    for (const { eventId } of this.harness.store.skip(feedId)) skipped.set(eventId, this.harness.clock.now());
    this.skipped.set(feedId, skipped);
  }
}

/** Since when, in milliseconds since 1970, nobody delivers to a feed, and why. */
interface Stopped {
  readonly status: 'paused' | 'disabled';
  readonly since: number;
}

/** The feeds of a simulation: they come, change, pause and go on. */
class SimulatedFeeds {
  /** All that there ever were, as they are now. */
  readonly all = new Map<string, Feed>();
  readonly #stopped = new Map<string, Stopped>();

  constructor(
    private readonly log: InMemoryOrders,
    private readonly now: () => number,
  ) {}

  get served(): Feed[] {
    return [...this.all.values()].filter(({ feedId }) => !this.#stopped.has(feedId));
  }

  live(nth: number): Feed | undefined {
    const live = [...this.all.values()].filter(({ replayId }) => replayId === null);
    return live[nth % live.length];
  }

  /** @param part of the log that lies before its beginning */
  begin({ ordering, batch, onExhausted, maxAttempts, rateLimit, rule }: SimulatedFeed, part: number): void {
    const subscriptionId = `feed-${this.all.size}`;
    const retry = { maxAttempts, initialDelayMs: 100, maxDelayMs: 2_000, timeoutMs: 1_000 };
    const start = this.#vector(part);
    const subscription = { subscriptionId, ordering, batch, onExhausted, retry, rateLimit };
    this.all.set(subscriptionId, feedOf(subscription, { rules: [{ from: start, ...rule }], start }));
  }

  replay(nth: number, from: number, to: number): void {
    const feed = this.live(nth);
    if (!feed) return;
    const feedId = `replay-${this.all.size}`;
    const range = { start: this.#vector(from), until: this.#vector(to) };
    // The present settings hold for old events, too.
    const rules = feed.rules.slice(-1).map((rule) => ({ ...rule, from: {} }));
    this.all.set(feedId, { ...feed, feedId, replayId: feedId, revision: 1, rules, ...range });
  }

  change(nth: number, rule: SimulatedRule): void {
    const feed = this.live(nth);
    if (feed) this.#revise(feed, { rules: withRule(feed.rules, { from: this.#vector(1), ...rule }) });
  }

  stop(nth: number, status: Stopped['status']): void {
    const feed = this.live(nth);
    if (!feed || this.#stopped.has(feed.feedId)) return;
    this.#stopped.set(feed.feedId, { status, since: this.now() });
    this.#revise(feed, {});
  }

  resume(nth: number): void {
    const feed = this.live(nth);
    if (feed && this.#stopped.delete(feed.feedId)) this.#revise(feed, {});
  }

  stopped(feedId: string): Stopped | undefined {
    return this.#stopped.get(feedId);
  }

  resumeAll(): void {
    this.#stopped.clear();
  }

  #revise(feed: Feed, changes: Partial<Feed>): void {
    this.all.set(feed.feedId, { ...feed, revision: feed.revision + 1, ...changes });
  }

  #vector(part: number): PositionVector {
    return { [topicPartitionKey(this.log)]: Math.floor(part * this.log.end) };
  }
}
