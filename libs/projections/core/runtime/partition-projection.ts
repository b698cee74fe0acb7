import { type EventBatch, formatPosition, type LogReader, messageOf } from '#libs/kernel';
import type { LoggedEvent } from '#libs/contracts';
import type { GroupCommit } from './group-commit.js';
import { applySteps, type PartitionStep, type StepTarget } from './partition-step.js';
import { type BuildPartition, type ProjectionFault, StaleCheckpointError } from './projection-store.js';

const FETCH_BYTES = 1_000_000;

/** Counts of the events that a projection has processed. */
export interface Progress {
  /** Events that were new to it. */
  readonly seen: number;
  /** The events written to its tables. An operator skipped the others. */
  readonly applied: number;
}

const NOTHING: Progress = { seen: 0, applied: 0 };

export interface PartitionProjectionParts<Transaction> extends StepTarget<Transaction> {
  readonly log: Pick<LogReader<LoggedEvent>, 'fetch' | 'hasGaps'>;
  /** About this many bytes are fetched, and applied in one transaction. */
  readonly fetchBytes?: number;
  /** Shares the transactions of arriving batches with other partitions. What is fetched here has its own. */
  readonly commits?: Pick<GroupCommit<Transaction>, 'apply'>;
}

type ApplyStep = (step: PartitionStep) => Promise<void>;

/**
 * Applies one partition to one read model. Each event counts exactly once, however often it arrives.
 *
 *   opened ──batch──► applied ──batch──► …
 *                        └── an event that cannot be applied ──► stopped at that event until an operator
 *                                                                retries or skips it; other projections continue
 *
 * Not for concurrent use.
 */
export class PartitionProjection<Transaction> {
  #next = 0;
  #fault: ProjectionFault | undefined;
  #skipped: ReadonlySet<number> = new Set();
  #hasGaps = false;
  readonly #applyAlone: ApplyStep = (step) => applySteps(this.parts, [step]);

  constructor(
    private readonly parts: PartitionProjectionParts<Transaction>,
    readonly at: BuildPartition,
  ) {}

  /** The next offset to read. */
  get next(): number {
    return this.#next;
  }

  /** Why it has stopped, if so. */
  get fault(): ProjectionFault | undefined {
    return this.#fault;
  }

  /** Loads the checkpoint. Call it first, and whenever another process may have moved the checkpoint. */
  async open(): Promise<void> {
    const { nextOffset, fault, skipped, hasGaps } = await this.parts.store.loadCheckpoint(this.at);
    this.#next = nextOffset;
    this.#fault = fault;
    this.#skipped = new Set(skipped);
    this.#hasGaps = hasGaps;
  }

  /**
   * Applies the new events of a batch, after reading any that are missing before it.
   * @throws StaleCheckpointError if another process has taken over the partition, or an error of the store or the log. The
   * checkpoint is then at the end of the last whole batch.
   */
  async apply(batch: EventBatch<LoggedEvent>): Promise<Progress> {
    const before = await this.catchUp(batch.first);
    const { commits } = this.parts;
    return sum(
      before,
      await this.#applyNext(batch, commits ? (step) => commits.apply(step) : this.#applyAlone),
    );
  }

  /** Reads the log up to an offset. */
  async catchUp(end: number): Promise<Progress> {
    let progress = NOTHING;
    while (this.#next < end && !this.#fault) {
      const from = this.#next;
      progress = sum(progress, await this.step());
      if (this.#next === from && !this.#fault) {
        throw new Error(`${formatPosition({ ...this.at, offset: from })} is not in the log yet`);
      }
    }
    return progress;
  }

  /** Fetches and applies one batch. Does nothing at the end of the log. */
  async step(): Promise<Progress> {
    const { log, fetchBytes = FETCH_BYTES } = this.parts;
    const { topic, partition } = this.at;
    const batch = await log.fetch({ topic, partition, offset: this.#next }, fetchBytes);
    return this.#applyNext(batch, this.#applyAlone);
  }

  async #applyNext(batch: EventBatch<LoggedEvent>, applyStep: ApplyStep): Promise<Progress> {
    const progress = await this.#applyEvents(batch, applyStep);
    if (batch.unreadable === undefined || this.#next !== batch.next || this.#fault) return progress;
    if (this.#skipped.has(batch.next)) {
      await this.#advance([], batch.next + 1);
      return progress;
    }
    return sum(progress, await this.#readAgain());
  }

  async #applyEvents({ next, events }: EventBatch<LoggedEvent>, applyStep: ApplyStep): Promise<Progress> {
    if (this.#fault || next <= this.#next) return NOTHING;
    const unseen = events.filter(({ position }) => position.offset >= this.#next);
    return this.#applyOrIsolateFault(unseen, next, applyStep);
  }

  /** Reads an unreadable record a second time, because it may have been damaged on the way. Then the projection stops. */
  async #readAgain(): Promise<Progress> {
    const { topic, partition } = this.at;
    const place = { topic, partition, offset: this.#next };
    const again = await this.parts.log.fetch(place, this.parts.fetchBytes ?? FETCH_BYTES);
    if (again.unreadable === undefined || again.next > this.#next)
      return this.#applyEvents(again, this.#applyAlone);
    await this.#stop({ offset: this.#next, reason: again.unreadable });
    return NOTHING;
  }

  /**
   * Halves a failing batch until a single event is left, so that the projection stops exactly there. That event is retried
   * once, because the first failure may have been the store's fault.
   */
  async #applyOrIsolateFault(
    events: readonly LoggedEvent[],
    next: number,
    applyStep: ApplyStep,
  ): Promise<Progress> {
    const [first] = events;
    const wanted = events.filter(({ position }) => !this.#skipped.has(position.offset));
    try {
      await this.#advance(wanted, next, applyStep);
      return { seen: events.length, applied: wanted.length };
    } catch (error) {
      if (!first || !this.#isFaultOfEvents(error)) throw error;
      if (events.length === 1) return this.#retryEvent(first, wanted, next);
    }
    const middle = Math.ceil(events.length / 2);
    const later = events.slice(middle);
    const progress = await this.#applyOrIsolateFault(
      events.slice(0, middle),
      later[0]?.position.offset ?? next,
      this.#applyAlone,
    );
    if (this.#fault) return progress;
    return sum(progress, await this.#applyOrIsolateFault(later, next, this.#applyAlone));
  }

  async #retryEvent(
    { position }: LoggedEvent,
    wanted: readonly LoggedEvent[],
    next: number,
  ): Promise<Progress> {
    try {
      await this.#advance(wanted, next);
      return { seen: 1, applied: wanted.length };
    } catch (error) {
      if (!this.#isFaultOfEvents(error)) throw error;
      await this.#stop({ offset: position.offset, reason: messageOf(error) });
      return NOTHING;
    }
  }

  #isFaultOfEvents(error: unknown): boolean {
    return !(error instanceof StaleCheckpointError) && !this.parts.store.isOutage(error);
  }

  async #advance(
    events: readonly LoggedEvent[],
    to: number,
    applyStep: ApplyStep = this.#applyAlone,
  ): Promise<void> {
    const hasGaps = this.#hasGaps || this.parts.log.hasGaps(this.at);
    await applyStep({ ...this.at, from: this.#next, to, events, hasGaps });
    this.#next = to;
  }

  async #stop(fault: ProjectionFault): Promise<void> {
    await this.parts.store.stop(this.at, this.#next, fault);
    this.#fault = fault;
  }
}

const sum = (a: Progress, b: Progress): Progress => ({
  seen: a.seen + b.seen,
  applied: a.applied + b.applied,
});
