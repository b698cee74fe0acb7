import {
  type Clock,
  type DomainEvent,
  FairQueue,
  LogUnavailableError,
  nextTurn,
  type Random,
  readUpTo,
  type Rejection,
  type Stream,
  topicPartitionKey,
} from '#libs/kernel';
import type { Aggregate } from '../aggregate.js';
import { type CommandRequest, type CommandResult, CommandShareError, NotOwnerError } from '../command.js';
import { AppendError, type EncodeEvent, type EventLog, type PartitionAppender } from '../log/event-log.js';
import { StaleStateError, type StateStore } from '../states/state-store.js';
import type { StreamRecord } from '../states/stream-record.js';
import { StateCache } from '../states/state-cache.js';
import { CommandBatch } from './command-batch.js';
import type { OwnershipCallbacks } from './ownership-callbacks.js';
import { Pause } from './pause.js';
import { PendingCommand } from './pending-command.js';
import { StateFlusher } from './state-flusher.js';
import { Sweeper } from './sweeper.js';
import type { WriterLimits, WriterObserver } from './writer-settings.js';

/** Deciding and encoding this much blocks the process for some milliseconds; the rest waits for the next batch. */
const LARGE_BATCH_BYTES = 500_000;

const bytesOf = (commands: readonly { readonly request: { readonly bytes: number } }[]): number =>
  commands.reduce((sum, { request }) => sum + request.bytes, 0);

/** A writer's dependencies, shared by all partitions of an aggregate. */
export interface WriterParts<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly aggregate: Aggregate<State, Command, Event, Refusal>;
  readonly log: EventLog;
  readonly store: StateStore;
  readonly encode: EncodeEvent;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: WriterLimits;
  readonly observer: WriterObserver;
  /**
   * A stream has new events, which are durable, by a command with this trace context. Repeats of earlier commands do not
   * count. Must not throw.
   */
  readonly advanced?: (stream: Stream<State>, traceparent: string | null) => void;
}

/**
 * The only writer of one partition: a loop that takes queued commands, decides them in turn, appends once and answers.
 *
 *   claiming ──claimed, read to the end──► ready ──batch──► appending ──durable──► ready
 *        ▲                                                      │
 *        └────────── rejected, fenced or outcome unknown ───────┘
 *
 * Answers that need no append, such as rejections, wait until the log confirms that no other writer has claimed. A
 * suspended process would otherwise answer from stale state.
 * A batch that is certainly not in the log is rerouted to the partition's current owner. An unknown outcome is resolved by
 * a new claim and a read of the log.
 */
export class PartitionWriter<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly #appender: PartitionAppender;
  readonly #states: StateCache<State, Event>;
  readonly #flusher: StateFlusher;
  readonly #pause: Pause;
  /** Tenants take turns, so one tenant's backlog does not keep others out of the next batch. */
  readonly #queue = new FairQueue<PendingCommand<State, Command, Refusal>>(({ request }) => request.tenant);
  /** Commands taken from the queue but not yet decided. */
  #undecided: PendingCommand<State, Command, Refusal>[] = [];
  #appending: CommandBatch<State, Command, Event, Refusal> | undefined;
  /** The batch whose outcome is unknown until a claim and a read resolve it. */
  #unresolved: CommandBatch<State, Command, Event, Refusal> | undefined;
  /** Offset of the current claim; `undefined` if there is none to rely on. */
  #claim: number | undefined;
  /** End of the log; no other writer can move it while the claim is in force. */
  #end = 0;
  #ready = false;
  #stopping = false;
  #revoked = false;
  #suspected = false;
  #running: Promise<void> | undefined;
  readonly #sweeper: Sweeper;

  constructor(
    private readonly parts: WriterParts<State, Command, Event, Refusal>,
    private readonly partition: number,
    private readonly ownership: OwnershipCallbacks,
  ) {
    const { aggregate, log, store, limits, clock, random } = parts;
    this.#appender = log.appender(aggregate.topic, partition);
    this.#pause = new Pause(clock);
    this.#states = new StateCache(aggregate.decider, store, limits);
    // Jitter keeps partitions that started together from saving together, which would delay all commands.
    const saveMs = limits.saveMs * (0.5 + random() / 2);
    this.#sweeper = new Sweeper(clock, limits.sweepMs, () => this.#orFail(() => this.#sweep()));
    this.#flusher = new StateFlusher(this.#states, saveMs, clock, (error) => {
      this.parts.observer.storeFailed(aggregate.topic, partition, error);
      this.#sweeper.start();
      // A stale cache must reopen without waiting for a command, because commands may be refused until then.
      this.#pause.wake();
    });
  }

  get ready(): boolean {
    return this.#ready;
  }

  recall(streamId: string): Stream<State> | undefined {
    return this.#states.get(streamId)?.stream;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Reroutes new commands, answers queued ones, saves states and releases the partition. */
  async stop(): Promise<void> {
    await this.#finish();
    await this.#flusher.flushAll().catch((error: unknown) => this.#failed(error as Error));
    await this.#close();
  }

  /** Stops because another process owns the partition. Only a running append is still answered. */
  async revoke(): Promise<void> {
    this.#revoked = true;
    // Cancels a running claim, which would fence the new owner.
    await this.#appender.close();
    await this.#finish();
    await this.#close();
  }

  /** Makes the writer claim again if it is still assigned, because another process announced a later claim. */
  suspect(): void {
    this.#suspected = true;
    this.#pause.wake();
  }

  /** @throws NotOwnerError, CommandUnavailableError, CommandOutcomeUnknownError, EventEncodingError (by rejection) */
  submit(request: CommandRequest<Command>, deadline: number): Promise<CommandResult<State, Refusal>> {
    if (this.#stopping) return Promise.reject(new NotOwnerError());
    const pending = new PendingCommand<State, Command, Refusal>(request, deadline);
    if (this.#states.full) {
      pending.failUnavailable('Too many changes are waiting for the database.');
    } else if (this.#states.isFullFor(request.tenant)) {
      pending.fail(new CommandShareError("Too many of the tenant's changes are waiting for the database."));
    } else {
      this.#queue.push(pending);
      // Deadlines apply even while the previous writer is shutting down.
      this.#sweeper.start();
      this.#pause.wake();
    }
    return pending.answered;
  }

  /** Makes an idle writer claim again in good time, so that no command has to wait for it. */
  renewIfDue(): void {
    this.#orFail(() => this.#appender.renewalDue && this.#pause.wake());
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#ended) {
      try {
        if (this.#suspected) await this.#claimAnew();
        if (!this.#ready || this.#states.stale || this.#appender.renewalDue) await this.#recover();
        if (this.#queue.size === 0) {
          await this.#pause.untilWoken();
          continue;
        }
        await this.#appendBatch();
        failures = 0;
      } catch (error) {
        this.#failed(error as Error);
        // Each claim uses up epochs, so repeated claims must slow down.
        const pause = this.parts.limits.maxRecoveryPauseMs * Math.min(1, 2 ** failures++ / 32);
        await this.#pause.forMs(this.#ended ? 0 : pause);
        await this.#stillAssigned();
      }
    }
  }

  get #ended(): boolean {
    return this.#revoked || (this.#stopping && (this.#queue.size === 0 || !this.#ready));
  }

  /** Guards every claim but the first: only a current group member may make one. */
  async #stillAssigned(): Promise<void> {
    if (!this.#ended) await Promise.race([this.ownership.confirmed(), this.#pause.untilEnded()]);
  }

  async #claimAnew(): Promise<void> {
    this.#suspected = this.#ready = false;
    this.#claim = undefined;
    await this.#stillAssigned();
  }

  async #recover(): Promise<void> {
    if (this.#ended) return;
    const { aggregate, log, observer, clock } = this.parts;
    const { topic } = aggregate;
    const { partition } = this;
    // A failure after the claim, such as a database outage, does not justify another claim: epochs are limited.
    if (this.#claim === undefined || this.#appender.renewalDue) {
      this.#claim = this.#end = (await this.#appender.claim()).end;
    }
    // Revoked during the claim, which has fenced the new owner. That one will recover; this claim must not be announced.
    if (this.#revoked) return;
    const claim = this.#claim;
    const end = this.#end;
    try {
      await this.#states.open({ topic, partition, claim });
    } catch (error) {
      // The store has seen a later claim, so this one is void.
      if (error instanceof StaleStateError) this.#claim = undefined;
      throw error;
    }
    const offset = this.#states.nextOffset;
    if (offset > end) {
      throw new LogUnavailableError(
        `${topicPartitionKey({ topic, partition })} ends at ${end}, before the saved states: ${offset}`,
      );
    }
    const batch = this.#unresolved;
    // The states may already include the batch: an earlier attempt folded it, or another owner saved it.
    const found = batch ? await this.#offsetsById(batch.baseOffset, offset) : new Map<string, number>();
    for await (const events of readUpTo(log, { topic, partition, offset }, end, clock)) {
      if (this.#revoked) return;
      const repeats = await this.#states.fold(events, log.hasGaps({ topic, partition }));
      for (const { position } of repeats) observer.repeated(position);
      observer.recovering(topic, partition, this.#states.nextOffset - offset, end - offset);
      if (batch) for (const { metadata, position } of events) found.set(metadata.eventId, position.offset);
    }
    this.#states.advanceTo(end);
    batch?.resolve((eventId) => found.get(eventId));
    this.#unresolved = undefined;
    if (!this.#ready) observer.recovered(topic, partition, end - offset, this.#states.size);
    this.#ready = true;
    // Folding may have left unsaved states.
    this.#sweeper.start();
    this.ownership.began(claim);
  }

  async #offsetsById(from: number, end: number): Promise<Map<string, number>> {
    const { aggregate, log, clock } = this.parts;
    const found = new Map<string, number>();
    const start = { topic: aggregate.topic, partition: this.partition, offset: from };
    for await (const events of readUpTo(log, start, end, clock)) {
      for (const { metadata, position } of events) found.set(metadata.eventId, position.offset);
    }
    return found;
  }

  async #appendBatch(): Promise<void> {
    const { aggregate, encode, limits, clock } = this.parts;
    const { topic } = aggregate;
    this.#undecided = this.#queue.takeUpTo(limits.maxBatchEvents);
    // Large batches tend to reach all partitions at once; taking turns lets other work run in between.
    if (bytesOf(this.#undecided) > LARGE_BATCH_BYTES) await nextTurn();
    const known = await this.#loadMissing();
    const { nextOffset: baseOffset } = this.#states;
    const batch = new CommandBatch(
      aggregate,
      { topic, partition: this.partition, offset: baseOffset },
      (streamId) => this.#states.get(streamId) ?? known?.get(streamId),
      encode,
      limits.maxBatchBytes,
    );
    const began = clock.monotonic();
    this.#decide(batch, clock.now());
    if (batch.empty) return;

    this.#appending = batch;
    try {
      if (batch.encoded.length === 0) await this.#appender.confirm();
      else await this.#append(batch, baseOffset, clock.monotonic() - began);
      batch.accept(this.#states);
      if (this.parts.advanced) batch.forEachStream(this.parts.advanced);
      if (this.#states.shouldSaveSoon) this.#flusher.flushSoon();
    } catch (error) {
      this.#claim = undefined;
      if (error instanceof AppendError && error.outcome !== 'unknown') batch.reroute();
      else this.#unresolved = batch;
      throw error;
    } finally {
      this.#appending = undefined;
    }
  }

  async #append(
    batch: CommandBatch<State, Command, Event, Refusal>,
    baseOffset: number,
    decideMs: number,
  ): Promise<void> {
    const { aggregate, clock, observer } = this.parts;
    const began = clock.monotonic();
    const offset = await this.#appender.append(batch.encoded);
    // Foreign records in between may invalidate these decisions.
    if (offset !== baseOffset)
      throw new AppendError('unknown', `${aggregate.topic}/${this.partition}: foreign records`);
    this.#end = offset + batch.encoded.length;
    const appendMs = clock.monotonic() - began;
    observer.appended(aggregate.topic, this.partition, batch, { decideMs, appendMs });
  }

  /**
   * Loads missing states in one query; if that fails, only the commands that need them fail.
   * @returns the states the batch needs; `undefined` if all are in memory and stay there until the batch is decided
   */
  async #loadMissing(): Promise<Map<string, StreamRecord<State>> | undefined> {
    const streamIds: string[] = [];
    for (const { request } of this.#undecided) if (!request.newStream) streamIds.push(request.streamId);
    const missing = this.#states.missing(streamIds);
    if (missing.length === 0) return undefined;
    const known = this.#states.known(streamIds);
    try {
      for (const [streamId, record] of await this.#states.load(missing)) known.set(streamId, record);
    } catch (error) {
      if (error instanceof StaleStateError) {
        // These commands are decided after the states have been reopened.
        this.#queue.putBack(this.#undecided.splice(0));
        throw error;
      }
      this.parts.observer.storeFailed(this.parts.aggregate.topic, this.partition, error as Error);
      const unknown = new Set(missing);
      for (const pending of this.#undecided) {
        if (!unknown.has(pending.request.streamId) || pending.request.newStream) continue;
        pending.failUnavailable('The state could not be loaded.');
      }
    }
    return known;
  }

  #decide(batch: CommandBatch<State, Command, Event, Refusal>, now: number): void {
    const { maxBatchEvents } = this.parts.limits;
    // One more command could double the size, so half the limit keeps the batch within one append.
    const maxBytes = Math.min(LARGE_BATCH_BYTES, this.parts.limits.maxBatchBytes / 2);
    let decided = 0;
    for (const pending of this.#undecided) {
      if (batch.encoded.length >= maxBatchEvents || batch.bytes > maxBytes) break;
      decided++;
      if (pending.done) continue;
      if (pending.deadline <= now) pending.failUnavailable('The event log did not answer in time.');
      else batch.decide(pending, now);
    }
    this.#queue.putBack(this.#undecided.splice(decided));
    this.#undecided = [];
  }

  #failed(error: Error): void {
    this.#ready = false;
    this.parts.observer.failed(this.parts.aggregate.topic, this.partition, error);
  }

  /** Turns an error in a timer's callback into a failure of this writer alone. */
  #orFail(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#failed(error as Error);
      this.#pause.wake();
    }
  }

  /** Answers expired commands, so no client hangs while the log is unresponsive. */
  #sweep(): void {
    const now = this.parts.clock.now();
    for (const pending of [...this.#queue, ...this.#undecided]) {
      if (pending.deadline <= now) pending.failUnavailable('The event log did not answer in time.');
    }
    this.#queue.keep(({ done }) => !done);
    for (const batch of [this.#appending, this.#unresolved]) {
      for (const pending of batch?.commands ?? []) if (pending.deadline <= now) pending.failUnknown();
    }
    this.#flusher.flushIfDue();
    const isWaiting = this.#queue.size > 0 || this.#undecided.length > 0 || this.#states.unsaved > 0;
    if (!isWaiting && !this.#appending && !this.#unresolved) this.#sweeper.pause();
  }

  async #finish(): Promise<void> {
    this.#stopping = true;
    if (this.#revoked)
      for (const pending of this.#queue.takeUpTo(Number.POSITIVE_INFINITY)) pending.reroute();
    this.#pause.end();
    await this.#running;
    this.#sweeper.end();
    for (const pending of [...this.#queue.takeUpTo(Number.POSITIVE_INFINITY), ...this.#undecided])
      pending.reroute();
    for (const pending of this.#unresolved?.commands ?? []) pending.failUnknown();
  }

  async #close(): Promise<void> {
    this.#ready = false;
    this.#states.close();
    await this.#appender.close();
    this.parts.observer.released(this.parts.aggregate.topic, this.partition);
  }
}
