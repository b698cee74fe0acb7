import { type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import type { Feed } from '../core/ports.js';
import type { DispatchSimulation } from './dispatch-simulation.fixture.js';
import type { SeenAttempt } from './scripted-client.fixture.js';
import { owedTo } from './slow-owing.fixture.js';

const idOf = ({ metadata }: RecordedEvent): string => metadata.eventId;

/** What one feed received, and what it should have received. */
export class FeedOutcome {
  readonly owed: readonly RecordedEvent[];
  /** By the rules as they are, or as they were before a change that arrives late. */
  readonly #owedAtTimes: ReadonlySet<string>;
  /** By both. */
  readonly #owedAlways: ReadonlySet<string>;
  readonly seen: readonly SeenAttempt[];
  readonly #deadLetters: ReadonlySet<string>;
  readonly #skipped: Pick<ReadonlySet<string>, 'has'>;

  constructor(
    readonly feed: Feed,
    simulation: DispatchSimulation,
  ) {
    const { log, client, reports } = simulation.harness;
    this.owed = owedTo(feed, log.events);
    const heard = simulation.hearsLate
      ? feed.rules.map((_, nth) => feed.rules.slice(0, nth + 1))
      : [feed.rules];
    const owed = heard.map((rules) => new Set(owedTo({ ...feed, rules }, log.events).map(idOf)));
    this.#owedAtTimes = new Set(owed.flatMap((ids) => [...ids]));
    this.#owedAlways = new Set([...this.#owedAtTimes].filter((id) => owed.every((ids) => ids.has(id))));
    this.seen = client.seen.filter(
      ({ subscription, replayId }) =>
        subscription.subscriptionId === feed.subscription.subscriptionId && replayId === feed.replayId,
    );
    const dead = reports.filter(({ feedId, becomes }) => feedId === feed.feedId && becomes === 'dead-letter');
    this.#deadLetters = new Set(dead.flatMap(({ events }) => events.map(idOf)));
    this.#skipped = simulation.skipped.get(feed.feedId) ?? new Set();
  }

  get accepted(): string[] {
    return this.seen
      .filter(({ answered }) => answered?.outcome === 'delivered')
      .flatMap(({ events }) => events.map(idOf));
  }

  expectAllAndNothingElse(): void {
    const accepted = new Set(this.accepted);
    const missing = this.owed.map(idOf).filter((id) => !accepted.has(id) && !this.#skipped.has(id));
    expect({ feed: this.feed.feedId, missing }).toEqual({ feed: this.feed.feedId, missing: [] });
    const sent = this.seen.flatMap(({ events }) => events.map(idOf));
    expect(sent.filter((id) => !this.#owedAtTimes.has(id))).toEqual([]);
  }

  /** In the order of first acceptance, without events that an operator or the policy let go ahead, or that came late. */
  expectOrder(): void {
    const { onExhausted } = this.feed.subscription;
    const isFree = (id: string) =>
      this.#skipped.has(id) || (onExhausted === 'skip' && this.#deadLetters.has(id));
    const accepted = [...new Set(this.accepted)];
    const owed = this.owed.filter((event) => this.#owedAlways.has(idOf(event)) && !isFree(idOf(event)));
    for (const lane of new Set(owed.map((event) => this.#laneOf(event)))) {
      const inLog = owed.filter((event) => this.#laneOf(event) === lane).map(idOf);
      expect(accepted.filter((id) => inLog.includes(id))).toEqual(inLog);
    }
  }

  expectBatches(): void {
    for (const { events } of this.seen) {
      const places = events.map(({ position }) => position.offset);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(events.length).toBeLessThanOrEqual(this.feed.subscription.batch?.maxEvents ?? 1);
    }
  }

  /** Deliveries sent before a change was heard follow the rules in force at that time. */
  expectChain(): void {
    const ids = this.owed.map(idOf);
    for (const { events, previousEventId } of this.seen)
      expect(previousEventId).toBe(ids[ids.indexOf(idOf(events[0])) - 1] ?? null);
  }

  #laneOf({ metadata }: RecordedEvent): string {
    const { ordering, batch } = this.feed.subscription;
    if (batch || ordering === 'partition') return '';
    return ordering === 'stream' ? metadata.streamId : metadata.eventId;
  }
}

const feedOutcomes = (simulation: DispatchSimulation): FeedOutcome[] =>
  [...simulation.feeds.all.values()].map((feed) => new FeedOutcome(feed, simulation));

/** Invariants of every simulation. */
export function expectDelivered(simulation: DispatchSimulation): void {
  for (const feed of feedOutcomes(simulation)) {
    feed.expectAllAndNothingElse();
    feed.expectOrder();
    feed.expectBatches();
    if (!simulation.hearsLate) feed.expectChain();
  }
  if (!simulation.hearsLate) expect(simulation.watermarks.lies).toEqual([]);
  expectNothingLeft(simulation);
}

/** Neither in the store nor in memory. */
function expectNothingLeft({ harness, feeds, dispatchers, budgets }: DispatchSimulation): void {
  expect(harness.store.parkedOf()).toEqual([]);
  expect(harness.store.lanesOf()).toEqual([]);
  const inCharge = dispatchers.filter(({ stopped }) => !stopped);
  expect(inCharge.flatMap((dispatcher) => dispatcher.lags())).toEqual([]);
  expect(budgets).toEqual(budgets.map(() => 0));
  for (const feed of feeds.all.values()) {
    const key = topicPartitionKey(harness.log);
    const cursor = harness.store.cursor(feed.feedId);
    const end = feed.until?.[key];
    if (end === undefined) expect(cursor).toMatchObject({ idle: true, finished: [] });
    else if (end > (feed.start[key] ?? 0)) expect(cursor).toMatchObject({ watermark: end, finished: [] });
  }
}

export function expectNoRepeats(simulation: DispatchSimulation): void {
  for (const { accepted } of feedOutcomes(simulation)) expect(accepted).toEqual([...new Set(accepted)]);
}

/** Every event that was owed came to an end that was counted. */
export function expectCounted(simulation: DispatchSimulation): void {
  for (const { feed, owed } of feedOutcomes(simulation)) {
    const counts = simulation.counts.get(feed.feedId) ?? {
      owed: 0,
      delivered: 0,
      skipped: 0,
      parked: 0,
      redriven: 0,
    };
    const skipped = simulation.skipped.get(feed.feedId)?.size ?? 0;
    expect(counts.owed).toBe(owed.length);
    expect(counts.owed).toBe(counts.delivered + counts.skipped + counts.parked - counts.redriven);
    // The counters treat a skipped delivery as held.
    if (feed.subscription.onExhausted === 'park') expect(counts.delivered).toBe(owed.length - skipped);
  }
}
