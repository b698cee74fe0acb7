import { type Clock, type DomainEvent, FairQueue, nextTurn, type Rejection } from '#libs/kernel';
import type { Aggregate } from '../aggregate.js';
import { type CommandRequest, type CommandResult, CommandShareError, NotOwnerError } from '../command.js';
import {
  AppendError,
  type EncodeEvent,
  type EventLog,
  LogUnavailableError,
  type PartitionAppender,
} from '../log/event-log.js';
import { StaleStateError, type StateStore } from '../states/state-store.js';
import type { StreamRecord } from '../states/stream-record.js';
import { StateCache } from '../states/state-cache.js';
import { CommandBatch } from './command-batch.js';
import { Pause } from './pause.js';
import { PendingCommand } from './pending-command.js';
import { StateFlusher } from './state-flusher.js';
import type { WriterLimits, WriterObserver } from './writer-settings.js';

/** To decide and encode so much takes some milliseconds, in which nothing else goes on: the rest is the next batch's. */
const LARGE_BATCH_BYTES = 500_000;

const bytesOf = (commands: readonly { readonly request: { readonly bytes: number } }[]): number =>
  commands.reduce((sum, { request }) => sum + request.bytes, 0);

/** What a writer works with; the same for every partition of an aggregate. */
export interface WriterParts<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly aggregate: Aggregate<State, Command, Event, Refusal>;
  readonly log: EventLog;
  readonly store: StateStore;
  readonly encode: EncodeEvent;
  readonly clock: Clock;
  readonly limits: WriterLimits;
  readonly observer: WriterObserver;
}

/** What a writer and the one who gave it the partition tell each other. */
export interface OwnershipCallbacks {
  /**
   * Resolves once the group has confirmed, after this call, that the partition is this process's. A process that slept
   * through the loss of its partition must not take it back.
   */
  confirmed(): Promise<void>;
  /** Every command of the partition can be decided here, by this claim. */
  began(claim: number): void;
}

/**
 * The one writer of one partition: a loop that takes what has queued up, decides it in turn, appends once, answers.
 *
 *   claiming ──claimed, read to the end──► ready ──batch──► appending ──durable──► ready
 *        ▲                                                      │
 *        └────────── rejected, fenced or outcome unknown ───────┘
 *
 * Answers that need no append, such as refusals, are given once the log has confirmed that nobody else has claimed: a
 * process that slept would otherwise answer from what it knew before.
 * A batch that certainly did not get into the log is handed back, to be decided by whoever owns the partition then. One
 * whose outcome is unknown is answered by what the log holds once it is claimed and read again.
 */
export class PartitionWriter<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly #appender: PartitionAppender;
  readonly #states: StateCache<State, Event>;
  readonly #flusher: StateFlusher;
  readonly #pause = new Pause();
  /** Tenants have their turn: however many commands one sends, those of others are in the next batch. */
  readonly #queue = new FairQueue<PendingCommand<State, Command, Refusal>>(({ request }) => request.tenant);
  /** Taken from the queue, and not yet decided. */
  #undecided: PendingCommand<State, Command, Refusal>[] = [];
  #appending: CommandBatch<State, Command, Event, Refusal> | undefined;
  /** The batch whose outcome is unknown, until a claim and a read tell. */
  #unresolved: CommandBatch<State, Command, Event, Refusal> | undefined;
  /** The claim in force, by its place in the log; `undefined` when there is none that can be relied on. */
  #claim: number | undefined;
  /** End of the log: nobody else can move it while the claim holds. */
  #end = 0;
  #ready = false;
  #stopping = false;
  #revoked = false;
  #suspected = false;
  #running: Promise<void> | undefined;
  readonly #sweeper: NodeJS.Timeout;

  constructor(
    private readonly parts: WriterParts<State, Command, Event, Refusal>,
    private readonly partition: number,
    private readonly ownership: OwnershipCallbacks,
  ) {
    const { aggregate, log, store, limits } = parts;
    this.#appender = log.appender(aggregate.topic, partition);
    this.#states = new StateCache(aggregate.decider, store, limits);
    // Partitions begin together, and are not to save together ever after: all commands would wait for that.
    const saveMs = limits.saveMs * (0.5 + Math.random() / 2);
    this.#flusher = new StateFlusher(this.#states, saveMs, (error) => {
      this.parts.observer.storeFailed(aggregate.topic, partition, error);
      // States to open anew are not to wait for a command: there may be no room for one until then.
      this.#pause.wake();
    });
    // From the first command on, also while the partition's last writer still lets go.
    this.#sweeper = setInterval(() => this.#sweepOrFail(), limits.sweepMs).unref();
  }

  /** Whether commands are being decided now. */
  get ready(): boolean {
    return this.#ready;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Hands new commands back, answers those that it has, saves its states, and lets go of the partition. */
  async stop(): Promise<void> {
    await this.#finish();
    await this.#flusher.flushAll().catch((error: unknown) => this.#failed(error as Error));
    await this.#close();
  }

  /** The partition is another process's now: only what is being appended can still be answered here. */
  async revoke(): Promise<void> {
    this.#revoked = true;
    // A claim that is under way ends as early as it can: it would put the new owner out.
    await this.#appender.close();
    await this.#finish();
    await this.#close();
  }

  /** Somebody else says to have claimed since: unless that was a mistake of theirs, this writer loses the partition. */
  suspect(): void {
    this.#suspected = true;
    this.#pause.wake();
  }

  /** @throws NotOwnerError, CommandUnavailableError, CommandOutcomeUnknownError, EventEncodingError (by rejection) */
  submit(request: CommandRequest<Command>, deadline: number): Promise<CommandResult<State, Refusal>> {
    if (this.#stopping) return Promise.reject(new NotOwnerError());
    const pending = new PendingCommand<State, Command, Refusal>(request, deadline);
    if (this.#states.full) {
      pending.failUnavailable('Too many changes wait for the database.');
    } else if (this.#states.isFullFor(request.tenant)) {
      pending.fail(new CommandShareError('Too many changes of the tenant wait for the database.'));
    } else {
      this.#queue.push(pending);
      this.#pause.wake();
    }
    return pending.answered;
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
        // Claims use epochs up: many in a row must be slow.
        const pause = this.parts.limits.maxRecoveryPauseMs * Math.min(1, 2 ** failures++ / 32);
        await this.#pause.forMs(this.#ended ? 0 : pause);
        await this.#stillAssigned();
      }
    }
  }

  get #ended(): boolean {
    return this.#revoked || (this.#stopping && (this.#queue.size === 0 || !this.#ready));
  }

  /** For every claim but the first: only a process that the group counts in may make one. */
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
    const { aggregate, log, observer } = this.parts;
    const { topic } = aggregate;
    const { partition } = this;
    // What fails after a claim, such as a database that is away, is no reason to claim again: epochs are few.
    if (this.#claim === undefined || this.#appender.renewalDue) {
      this.#claim = this.#end = (await this.#appender.claim()).end;
    }
    // Lost meanwhile: the claim has put the new owner out, which will notice; it must not be announced on top of that.
    if (this.#revoked) return;
    const claim = this.#claim;
    const end = this.#end;
    try {
      await this.#states.open({ topic, partition, claim });
    } catch (error) {
      // The store knows of a later claim, so this one is over.
      if (error instanceof StaleStateError) this.#claim = undefined;
      throw error;
    }
    const offset = this.#states.nextOffset;
    if (offset > end) {
      throw new LogUnavailableError(
        `${topic}/${partition} ends at ${end}, before the saved states: ${offset}`,
      );
    }
    const batch = this.#unresolved;
    // The states may be past the batch already: folded by a try that failed, or saved by another owner in the meantime.
    const found = batch ? await this.#offsetsById(batch.baseOffset, offset) : new Map<string, number>();
    for await (const events of log.read({ topic, partition, offset }, end)) {
      if (this.#revoked) return;
      const repeats = await this.#states.fold(events, log.hasGaps?.(topic, partition));
      for (const { position } of repeats) observer.repeated(position);
      observer.recovering(topic, partition, this.#states.nextOffset - offset, end - offset);
      if (batch) for (const { metadata, position } of events) found.set(metadata.eventId, position.offset);
    }
    this.#states.advanceTo(end);
    batch?.resolve((eventId) => found.get(eventId));
    this.#unresolved = undefined;
    if (!this.#ready) observer.recovered(topic, partition, end - offset, this.#states.size);
    this.#ready = true;
    this.ownership.began(claim);
  }

  async #offsetsById(from: number, end: number): Promise<Map<string, number>> {
    const { aggregate, log } = this.parts;
    const found = new Map<string, number>();
    const start = { topic: aggregate.topic, partition: this.partition, offset: from };
    for await (const events of log.read(start, end)) {
      for (const { metadata, position } of events) found.set(metadata.eventId, position.offset);
    }
    return found;
  }

  async #appendBatch(): Promise<void> {
    const { aggregate, encode, limits, clock } = this.parts;
    const { topic } = aggregate;
    this.#undecided = this.#queue.takeUpTo(limits.maxBatchEvents);
    // Large batches come to all partitions at the same moment: one after the other, with everything else in between.
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
    this.#decide(batch, clock.now());
    if (batch.empty) return;

    this.#appending = batch;
    try {
      if (batch.encoded.length === 0) await this.#appender.confirm();
      else await this.#append(batch, baseOffset);
      batch.accept(this.#states);
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

  async #append(batch: CommandBatch<State, Command, Event, Refusal>, baseOffset: number): Promise<void> {
    const { topic } = this.parts.aggregate;
    const offset = await this.#appender.append(batch.encoded);
    // Records in between are somebody else's: what was decided here may not hold any more.
    if (offset !== baseOffset)
      throw new AppendError('unknown', `${topic}/${this.partition}: foreign records`);
    this.#end = offset + batch.encoded.length;
    this.parts.observer.appended(topic, this.partition, batch.encoded.length);
  }

  /**
   * Loads the states that are not in memory, in one question; without an answer, those commands alone fail.
   * @returns what the batch needs; `undefined` when all of it is in memory, and stays there until it is decided.
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
        // Decided once the states are read again from where the store has them.
        this.#queue.putBack(this.#undecided.splice(0));
        throw error;
      }
      this.parts.observer.storeFailed(this.parts.aggregate.topic, this.partition, error as Error);
      const unknown = new Set(missing);
      for (const pending of this.#undecided) {
        if (!unknown.has(pending.request.streamId) || pending.request.newStream) continue;
        pending.failUnavailable('The state cannot be loaded now.');
      }
    }
    return known;
  }

  #decide(batch: CommandBatch<State, Command, Event, Refusal>, now: number): void {
    const { maxBatchEvents } = this.parts.limits;
    // The next command could be as large as those so far: stop at half, so that the batch fits one batch.
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

  /** Nobody waits for the timer: what fails in it is a failure of this writer, and of nothing else. */
  #sweepOrFail(): void {
    try {
      this.#sweep();
    } catch (error) {
      this.#failed(error as Error);
      this.#pause.wake();
    }
  }

  /** Answers those whose time is up: a client must never hang on a log that does not answer. */
  #sweep(): void {
    const now = this.parts.clock.now();
    for (const pending of [...this.#queue, ...this.#undecided]) {
      if (pending.deadline <= now) pending.failUnavailable('The event log did not answer in time.');
    }
    this.#queue.keep(({ done }) => !done);
    for (const batch of [this.#appending, this.#unresolved]) {
      for (const pending of batch?.commands ?? []) if (pending.deadline <= now) pending.failUnknown();
    }
    if (this.#appender.renewalDue) this.#pause.wake();
    this.#flusher.flushIfDue();
  }

  async #finish(): Promise<void> {
    this.#stopping = true;
    if (this.#revoked)
      for (const pending of this.#queue.takeUpTo(Number.POSITIVE_INFINITY)) pending.reroute();
    this.#pause.end();
    await this.#running;
    clearInterval(this.#sweeper);
    for (const pending of [...this.#queue.takeUpTo(Number.POSITIVE_INFINITY), ...this.#undecided])
      pending.reroute();
    for (const pending of this.#unresolved?.commands ?? []) pending.failUnknown();
  }

  async #close(): Promise<void> {
    this.#ready = false;
    await this.#appender.close();
    this.parts.observer.released(this.parts.aggregate.topic, this.partition);
  }
}
