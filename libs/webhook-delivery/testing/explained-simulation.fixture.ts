import { formatInstant, type Instant, type RecordedEvent } from '#libs/kernel';
import {
  type AttemptFacts,
  type DeliveryFacts,
  hasFinished,
  type LaneFacts,
  type LoggedFacts,
} from '../core/explain/delivery-facts.js';
import { explain } from '../core/explain/explain.js';
import { laneNameOf, laneOfSkipped } from '../core/lanes/feed-lanes.js';
import type { AttemptReport, Feed } from '../core/ports.js';
import { contradictionOf, type DeliveryTruth, type LaneTruth } from './delivery-truth.fixture.js';
import type { DispatchSimulation } from './dispatch-simulation.fixture.js';
import { slowlyOwed, whySlowlyOwed } from './slow-owing.fixture.js';

const NO_LOG: LoggedFacts = { delivered: null, lastFailed: null, replays: [] };
const idOf = ({ metadata }: RecordedEvent): string => metadata.eventId;
const timeOf = (ms: number): string => formatInstant(ms as Instant);

/** What an explanation goes by, and what became of the event. */
export interface ExplainedDelivery {
  readonly facts: DeliveryFacts;
  readonly truth: DeliveryTruth;
}

/** One feed of a simulation, as it is. */
class ExplainedFeed {
  /** By event. */
  readonly #reports = new Map<string, AttemptReport[]>();
  readonly #accepted: ReadonlySet<string>;
  readonly #rows: ReadonlyMap<number, string>;
  readonly #lanes: ReadonlyMap<string, LaneFacts>;
  readonly #subscription: DeliveryFacts['subscription'];

  constructor(
    private readonly simulation: DispatchSimulation,
    private readonly feed: Feed,
  ) {
    const { store, reports, client } = simulation.harness;
    const { feedId, subscription, start, rules } = feed;
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
    const stopped = simulation.feeds.stopped(feedId);
    this.#subscription = {
      ...subscription,
      status: stopped?.status ?? 'active',
      ...(stopped && { stoppedAt: timeOf(stopped.since) }),
      disabledReason: stopped?.status === 'disabled' ? 'gone' : null,
      start,
      rules,
    };
  }

  /** With the delivery log and without it. */
  deliveries(event: RecordedEvent): readonly ExplainedDelivery[] {
    const reports = this.#reports.get(idOf(event)) ?? [];
    const [facts, truth] = [this.#factsOf(event), this.#truthOf(event, reports)];
    const log = logOf(reports);
    return [
      { facts: { ...facts, log }, truth: { ...truth, success: log.delivered ?? undefined } },
      { facts, truth },
    ];
  }

  #factsOf(event: RecordedEvent): DeliveryFacts {
    const { store } = this.simulation.harness;
    const { feedId, subscription } = this.feed;
    const { offset } = event.position;
    const row = this.#rows.get(offset);
    const skippedAt = store.skippedAt(feedId, offset);
    return {
      event,
      subscription: this.#subscription,
      cursor: store.cursor(feedId) ?? null,
      isParked: row !== undefined,
      lane: this.#lanes.get(row ?? laneNameOf(subscription, event.metadata)) ?? null,
      skippedAt: skippedAt === undefined ? null : timeOf(skippedAt),
      log: NO_LOG,
    };
  }

  #truthOf(event: RecordedEvent, reports: readonly AttemptReport[]): DeliveryTruth {
    const { feeds, skipped, harness } = this.simulation;
    const { feedId } = this.feed;
    const cursor = harness.store.cursor(feedId);
    const stopped = feeds.stopped(feedId);
    const skippedAt = skipped.get(feedId)?.get(idOf(event));
    const became = (what: AttemptReport['becomes']) => reports.some(({ becomes }) => becomes === what);
    return {
      eventId: idOf(event),
      isAccepted: this.#accepted.has(idOf(event)),
      isFinished: cursor !== undefined && hasFinished(cursor, event.position.offset),
      success: undefined,
      owed: whySlowlyOwed(this.feed, event),
      isSure: !this.simulation.hearsLate || this.#isSure(event),
      skippedAt: skippedAt === undefined ? undefined : timeOf(skippedAt),
      stopped: stopped && {
        by: stopped.status === 'paused' ? 'pause' : 'disabling',
        since: timeOf(stopped.since),
        disabledReason: stopped.status === 'paused' ? undefined : 'gone',
      },
      isParked: this.#rows.has(event.position.offset),
      lane: this.#laneTruth(event),
      hasRetried: became('retried'),
      hasDied: became('dead-letter'),
    };
  }

  #isSure(event: RecordedEvent): boolean {
    const { rules, start } = this.feed;
    const heard = rules.map((_, nth) => slowlyOwed({ start, rules: rules.slice(0, nth + 1) }, event));
    return new Set(heard.map((owed) => owed === 'owed')).size === 1;
  }

  #laneTruth(event: RecordedEvent): LaneTruth | undefined {
    const { ordering, batch } = this.feed.subscription;
    const own = { stream: event.metadata.streamId, partition: '', none: idOf(event) }[ordering];
    const lane = this.#lanes.get(this.#rows.get(event.position.offset) ?? (batch ? '' : own));
    if (!lane) return undefined;
    const { attempts, retryAt, front } = lane;
    return {
      frontId: front.eventId,
      attempts,
      retryAt,
      isSkipped: lane.lane === laneOfSkipped(front.eventId),
    };
  }
}

function logOf(reports: readonly AttemptReport[]): LoggedFacts {
  const factsOf = (report: AttemptReport | undefined): AttemptFacts | null =>
    report
      ? { at: timeOf(report.startedAt), attempt: report.attempt, statusCode: null, error: 'status' }
      : null;
  return {
    delivered: factsOf(reports.findLast(({ becomes }) => becomes === 'delivered')),
    lastFailed: factsOf(reports.findLast(({ becomes }) => becomes !== 'delivered')),
    replays: [],
  };
}

/** Every event of the log for every subscription as it is, with the delivery log and without it. */
export function* explainedDeliveries(simulation: DispatchSimulation): Iterable<ExplainedDelivery> {
  for (const feed of simulation.feeds.all.values()) {
    if (feed.replayId !== null) continue;
    const explained = new ExplainedFeed(simulation, feed);
    for (const event of simulation.harness.log.events) yield* explained.deliveries(event);
  }
}

/** No explanation contradicts what became of the event. */
export function expectExplained(simulation: DispatchSimulation): void {
  for (const { facts, truth } of explainedDeliveries(simulation)) {
    const told = explain(facts);
    const problem = contradictionOf(told, truth);
    if (problem !== undefined)
      expect({ problem, feed: facts.subscription.subscriptionId, truth, told }).toEqual('explained rightly');
  }
}
