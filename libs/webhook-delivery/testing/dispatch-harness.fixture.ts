import { someSubscription } from '#libs/webhooks/testing';
import type { Subscription } from '#libs/webhooks';
import { FeedIndex, type FeedNews, movedFeeds } from '../core/feeds/feed-index.js';
import {
  DEFAULT_ENDPOINT_LIMITS,
  EndpointLimiters,
  type EndpointLimits,
} from '../core/lanes/endpoint-limiter.js';
import { TenantShares, type TopicPartition } from '#libs/kernel';
import type { AttemptReport, DeliveryFate, DispatchObserver, Feed } from '../core/ports.js';
import { DEFAULT_DISPATCH_LIMITS, type DispatchLimits, type DispatchPorts } from '../core/dispatch-limits.js';
import { PartitionDispatcher, SharedRounds } from '../core/partition/partition-dispatcher.js';
import { FakeClock } from './fake-clock.fixture.js';
import { InMemoryOrders } from './in-memory-orders.fixture.js';
import { InMemoryStore } from './in-memory-store.fixture.js';
import { ScriptedClient } from './scripted-client.fixture.js';

export const subscriptionOf = (overrides: Partial<Subscription> = {}): Subscription =>
  someSubscription({
    subscriptionId: 'sub-1',
    retry: { maxAttempts: 3, initialDelayMs: 1_000, maxDelayMs: 60_000, timeoutMs: 1_000 },
    ...overrides,
  });

/** A live feed from the beginning of the log. */
export const feedOf = (subscription: Partial<Subscription> = {}, overrides: Partial<Feed> = {}): Feed => {
  const settings = subscriptionOf(subscription);
  return {
    feedId: settings.subscriptionId,
    replayId: null,
    revision: 1,
    subscription: settings,
    rules: [{ from: {}, eventTypes: ['*'], filter: null }],
    start: {},
    until: null,
    ...overrides,
  };
};

/** A partition with its dispatcher, which can crash and be replaced by another. */
export class DispatchHarness implements DispatchObserver {
  readonly clock = new FakeClock();
  readonly log = new InMemoryOrders();
  readonly store = new InMemoryStore();
  readonly client = new ScriptedClient(this.clock);
  readonly reports: AttemptReport[] = [];
  readonly told: string[] = [];
  readonly counts: Record<DeliveryFate, number> = {
    owed: 0,
    delivered: 0,
    skipped: 0,
    parked: 0,
    redriven: 0,
  };
  readonly looks = { owed: 0, filtered: 0 };
  readonly budget = new TenantShares(10_000);
  readonly index = new FeedIndex();
  random = () => 0.5;
  /** How long after its append the log's tail brings an event that nobody announced. */
  unannouncedMs = 1_000;
  #owners = 0;
  readonly dispatchers = new Set<PartitionDispatcher>();
  readonly #gatesOfAll: EndpointLimiters[] = [];

  constructor(
    private readonly limits: Partial<DispatchLimits> = {},
    private readonly limiters: Partial<EndpointLimits> = {},
  ) {
    this.store.now = () => this.clock.now();
  }

  /**
   * @param changed what it is given instead of what the harness has
   * @param index of what it knows, if that is not what all know
   */
  dispatcher(
    changed: (ports: DispatchPorts) => DispatchPorts = (ports) => ports,
    index = this.index,
  ): PartitionDispatcher {
    const { clock, client, store, log, budget } = this;
    const claim = { owner: `owner-${++this.#owners}`, topic: log.topic, partition: log.partition };
    const limiters = new EndpointLimiters(clock, { ...DEFAULT_ENDPOINT_LIMITS, ...this.limiters });
    this.#gatesOfAll.push(limiters);
    const random = () => this.random();
    const ports = changed({
      clock,
      client: client.of(claim.owner),
      random,
      limiters,
      budget,
      log,
      store,
      observer: this,
    });
    const limits = { ...DEFAULT_DISPATCH_LIMITS, ...this.limits };
    const rounds = new SharedRounds(ports, limits);
    const dispatcher = new PartitionDispatcher(
      claim,
      log.end,
      index,
      Promise.resolve(),
      rounds,
      ports,
      limits,
    );
    this.dispatchers.add(dispatcher);
    this.#bringUnannounced(dispatcher, ports.log);
    return dispatcher;
  }

  #bringUnannounced(dispatcher: PartitionDispatcher, log: DispatchPorts['log']): void {
    const { append, continueAt } = dispatcher;
    let next = this.log.end;
    dispatcher.append = (batch) => {
      next = Math.max(next, batch.next);
      append.call(dispatcher, batch);
    };
    dispatcher.continueAt = (end) => {
      next = Math.max(next, end);
      continueAt.call(dispatcher, end);
    };
    let isReading = false;
    const look = async (): Promise<void> => {
      if (dispatcher.stopped) return stop();
      if (isReading || this.log.end <= next) return;
      isReading = true;
      const { topic, partition } = this.log;
      const batch = await log.fetch({ topic, partition, offset: next }).catch(() => undefined);
      isReading = false;
      if (batch?.first === next && batch.next > next) dispatcher.append(batch);
    };
    const stop = this.clock.every(this.unannouncedMs, () => void look());
  }

  /** The feeds that there are now. */
  async feeds(...feeds: readonly Feed[]): Promise<void> {
    const changes = this.index.apply(newsOf(this.index, feeds));
    for (const limiters of this.#gatesOfAll)
      for (const id of [...changes.ended, ...movedFeeds(changes)]) limiters.forget(id);
    for (const dispatcher of this.dispatchers) dispatcher.reconcile(changes);
    await this.clock.runPending();
  }

  /** Appends to the log, and hands it on as the log's tail does. */
  publish(dispatcher: PartitionDispatcher | undefined, ...streamIds: string[]): string[] {
    const first = this.log.end;
    const events = streamIds.map((streamId) => this.log.append(streamId));
    dispatcher?.append(this.log.batch(first, events));
    return events.map(({ metadata }) => metadata.eventId);
  }

  attempted(report: AttemptReport): void {
    this.reports.push(report);
  }

  lookedAt(_: TopicPartition, { owed, filtered }: { owed: number; filtered: number }): void {
    this.looks.owed += owed;
    this.looks.filtered += filtered;
  }

  counted(_: Feed, fate: DeliveryFate, events: number): void {
    this.counts[fate] += events;
  }

  lost(): void {
    this.told.push('lost');
  }

  failed(stage: string): void {
    this.told.push(`failed ${stage}`);
  }

  crashed(_: unknown, feedId: string, error: Error): void {
    this.told.push(`crashed ${feedId}: ${error.stack}`);
  }
}

/** The changes that leave an index with exactly these feeds. */
export const newsOf = (index: FeedIndex, feeds: readonly Feed[]): FeedNews =>
  new Map([
    ...[...index.all()].map(({ feed }) => [feed.feedId, undefined] as const),
    ...feeds.map((feed) => [feed.feedId, feed] as const),
  ]);

/** A dispatcher that serves these feeds; one from the beginning of the log if none is named. */
export async function running(
  harness: DispatchHarness,
  ...feeds: readonly Feed[]
): Promise<PartitionDispatcher> {
  await harness.feeds(...(feeds.length > 0 ? feeds : [feedOf()]));
  const dispatcher = harness.dispatcher();
  await harness.clock.runPending();
  return dispatcher;
}

/** The retry policy of {@link subscriptionOf}, otherwise. */
export const retrying = (retry: Partial<Subscription['retry']>): Pick<Subscription, 'retry'> => ({
  retry: { ...subscriptionOf().retry, ...retry },
});
