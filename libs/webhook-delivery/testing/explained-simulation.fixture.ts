import { formatInstant, type Instant, type RecordedEvent } from '#libs/kernel';
import type { DeliveryFacts, LaneFacts, LoggedFacts } from '../core/explain/delivery-facts.js';
import { explain, type Explanation } from '../core/explain/explain.js';
import { laneNameOf } from '../core/lanes/feed-lanes.js';
import type { AttemptReport, Feed } from '../core/ports.js';
import type { DispatchSimulation } from './dispatch-simulation.fixture.js';
import { slowlyOwed } from './slow-owing.fixture.js';

const NO_LOG: LoggedFacts = { delivered: null, lastFailed: null, replays: [] };
const idOf = ({ metadata }: RecordedEvent): string => metadata.eventId;
const timeOf = (ms: number): string => formatInstant(ms as Instant);

/** One feed of a simulation, explained event by event, and compared with what its receiver got. */
class ExplainedFeed {
  /** By event. */
  readonly #reports = new Map<string, AttemptReport[]>();
  readonly #accepted: ReadonlySet<string>;
  readonly #rows: ReadonlyMap<number, string>;
  readonly #lanes: ReadonlyMap<string, LaneFacts>;
  readonly #isPaused: boolean;

  constructor(
    private readonly simulation: DispatchSimulation,
    private readonly feed: Feed,
  ) {
    const { store, reports, client } = simulation.harness;
    const { feedId } = feed;
    for (const report of reports.filter((each) => each.feedId === feedId))
      for (const event of report.events)
        this.#reports.set(idOf(event), [...(this.#reports.get(idOf(event)) ?? []), report]);
    this.#accepted = new Set(client.delivered(feedId));
    const rows = store.parkedOf(feedId);
    this.#rows = new Map(rows.map(({ offset, lane }) => [offset, lane]));
    this.#lanes = new Map(
      store.lanesOf(feedId).map(({ lane, attempts, retryAt, lastError }) => {
        const front = rows.find((row) => row.lane === lane);
        if (!front) throw new Error(`lane ${lane} is empty`);
        const facts = { lane, attempts, lastError, failingSince: null, deadSince: null, front };
        return [lane, { ...facts, retryAt: retryAt === null ? null : timeOf(retryAt) }];
      }),
    );
    this.#isPaused = simulation.feeds.isPaused(feedId);
  }

  expectTruth(event: RecordedEvent): void {
    const [known, bare] = [this.#explain(event, true), this.#explain(event, false)];
    const told = { feed: this.feed.feedId, event: idOf(event), known, bare };
    const problem = this.#problemOf(event, known) ?? this.#problemOf(event, bare);
    expect({ ...told, problem }).toEqual({ ...told, problem: undefined });
    const isKnown = this.#reportsOf(event).some(({ becomes }) => becomes === 'delivered');
    expect({ ...told, isDelivered: known.outcome === 'delivered' || !isKnown }).toEqual({
      ...told,
      isDelivered: true,
    });
  }

  /** A success that the store knows of, with or without a log. */
  #isSavedAsDelivered(event: RecordedEvent): boolean {
    const { feedId } = this.feed;
    const { offset } = event.position;
    const cursor = this.simulation.harness.store.cursor(feedId);
    const places = cursor ? [{ from: 0, to: cursor.watermark }, ...cursor.finished] : [];
    const isPassed = places.some(({ from, to }) => from <= offset && to > offset);
    const isSkipped = this.simulation.skipped.get(feedId)?.has(idOf(event)) ?? false;
    return isPassed && !isSkipped && !this.#rows.has(offset);
  }

  /** Says in which way an explanation contradicts what the receiver got, and what was done about it. */
  #problemOf(event: RecordedEvent, told: Explanation): string | undefined {
    const { outcome } = told;
    const isAccepted = this.#accepted.has(idOf(event));
    if (outcome === 'delivered') return isAccepted ? undefined : 'it was not accepted';
    const owed = slowlyOwed(this.feed, event);
    if (this.simulation.hearsLate) return undefined;
    if (isAccepted) return this.#isSavedAsDelivered(event) ? 'it was accepted' : undefined;
    if (owed !== 'owed') return outcome === owed ? undefined : `it is ${owed}`;
    if (this.simulation.skipped.get(this.feed.feedId)?.has(idOf(event)))
      return outcome === 'skipped' && told.by === 'operator' ? undefined : 'it was skipped';
    return this.#problemOfOwed(event, told);
  }

  #problemOfOwed(event: RecordedEvent, told: Explanation): string | undefined {
    // What was reported last may not be saved yet.
    const became = (what: AttemptReport['becomes']): boolean =>
      this.#reportsOf(event).some(({ becomes }) => becomes === what);
    switch (told.outcome) {
      case 'retrying':
        if (this.#isPaused) return 'it is paused';
        return became('retried') && !this.#isDead(idOf(event)) ? undefined : 'no retry follows';
      case 'parked':
        return became('dead-letter') ? undefined : 'it did not die';
      case 'skipped': {
        const { onExhausted } = this.feed.subscription;
        const isRight = told.by === 'policy' && onExhausted === 'skip' && became('dead-letter');
        return isRight ? undefined : 'nobody skipped it';
      }
      case 'blocked': {
        const first = this.#isDead(told.behind.eventId);
        return first && told.behind.eventId !== idOf(event) ? undefined : 'nothing blocks it';
      }
      case 'paused':
        return this.#isPaused ? undefined : 'it is not paused';
      case 'pending':
        if (this.#isPaused) return 'it is paused';
        if (this.#isDead(idOf(event))) return 'it is a dead letter';
        return told.behind && this.#isDead(told.behind.eventId) ? 'it is blocked' : undefined;
      default:
        return 'it is owed';
    }
  }

  /** Whether the store has it as a dead letter that nobody has released. */
  #isDead(eventId: string): boolean {
    return [...this.#lanes.values()].some(
      ({ front, retryAt }) => retryAt === null && front.eventId === eventId,
    );
  }

  #reportsOf(event: RecordedEvent): readonly AttemptReport[] {
    return this.#reports.get(idOf(event)) ?? [];
  }

  #explain(event: RecordedEvent, isLogKept: boolean): Explanation {
    const { store } = this.simulation.harness;
    const { feed } = this;
    const { offset } = event.position;
    const row = this.#rows.get(offset);
    const skippedAt = store.skippedAt(feed.feedId, offset);
    const facts: DeliveryFacts = {
      event,
      subscription: {
        ...feed.subscription,
        status: this.#isPaused ? 'paused' : 'active',
        disabledReason: null,
        start: feed.start,
        rules: feed.rules,
      },
      cursor: store.cursor(feed.feedId) ?? null,
      isParked: row !== undefined,
      lane: this.#lanes.get(row ?? laneNameOf(feed.subscription, event.metadata)) ?? null,
      skippedAt: skippedAt === undefined ? null : timeOf(skippedAt),
      log: isLogKept ? this.#logOf(event) : NO_LOG,
    };
    return explain(facts);
  }

  #logOf(event: RecordedEvent): LoggedFacts {
    const reports = this.#reportsOf(event);
    const factsOf = (report: AttemptReport | undefined) =>
      report
        ? { at: timeOf(report.startedAt), attempt: report.attempt, statusCode: null, error: 'status' }
        : null;
    return {
      delivered: factsOf(reports.findLast(({ becomes }) => becomes === 'delivered')),
      lastFailed: factsOf(reports.findLast(({ becomes }) => becomes !== 'delivered')),
      replays: [],
    };
  }
}

/** Every event of the log is explained to every subscription as it is, with the delivery log and without it. */
export function expectExplained(simulation: DispatchSimulation): void {
  for (const feed of simulation.feeds.all.values()) {
    if (feed.replayId !== null) continue;
    const explained = new ExplainedFeed(simulation, feed);
    for (const event of simulation.harness.log.events) explained.expectTruth(event);
  }
}
