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
import { StateTakenError, type StateStore } from '../states/state-store.js';
import type { StreamRecord } from '../states/stream-record.js';
import { StreamStates } from '../states/stream-states.js';
import { GroupDecision } from './group-decision.js';
import { Pause } from './pause.js';
import { PendingCommand } from './pending-command.js';
import { StateKeeper } from './state-keeper.js';
import type { WriterLimits, WriterObserver } from './writer-settings.js';

/** To decide and encode so much takes some milliseconds, in which nothing else goes on: the rest is the next group's. */
const LARGE_GROUP_BYTES = 500_000;

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
export interface Tenure {
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
 *   claiming ──claimed, read to the end──► ready ──group──► appending ──durable──► ready
 *        ▲                                                      │
 *        └────────── rejected, fenced or outcome unknown ───────┘
 *
 * Answers that need no append, such as refusals, are given once the log has confirmed that nobody else has claimed: a
 * process that slept would otherwise answer from what it knew before.
 * A group that certainly did not get into the log is handed back, to be decided by whoever owns the partition then. One
 * whose outcome is unknown is answered by what the log holds once it is claimed and read again.
 */
export class PartitionWriter<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly #appender: PartitionAppender;
  readonly #states: StreamStates<State, Event>;
  readonly #keeper: StateKeeper;
  readonly #pause = new Pause();
  /** Tenants have their turn: however many commands one sends, those of others are in the next group. */
  readonly #queue = new FairQueue<PendingCommand<State, Command, Refusal>>(({ request }) => request.tenant);
  /** Taken from the queue, and not yet decided. */
  #taken: PendingCommand<State, Command, Refusal>[] = [];
  #appending: GroupDecision<State, Command, Event, Refusal> | undefined;
  /** The group whose outcome is unknown, until a claim and a read tell. */
  #unsettled: GroupDecision<State, Command, Event, Refusal> | undefined;
  /** The claim in force, by its place in the log; `undefined` when there is none that can be relied on. */
  #claim: number | undefined;
  /** End of the log: nobody else can move it while the claim holds. */
  #end = 0;
  #ready = false;
  #stopping = false;
  #lost = false;
  #doubted = false;
  #running: Promise<void> | undefined;
  readonly #sweeper: NodeJS.Timeout;

  constructor(
    private readonly parts: WriterParts<State, Command, Event, Refusal>,
    private readonly partition: number,
    private readonly tenure: Tenure,
  ) {
    const { aggregate, log, store, limits } = parts;
    this.#appender = log.appender(aggregate.topic, partition);
    this.#states = new StreamStates(aggregate.decider, store, limits);
    // Partitions begin together, and are not to save together ever after: all commands would wait for that.
    const saveMs = limits.saveMs * (0.5 + Math.random() / 2);
    this.#keeper = new StateKeeper(this.#states, saveMs, (error) => {
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
    await this.#keeper.saveAll().catch((error: unknown) => this.#failed(error as Error));
    await this.#close();
  }

  /** The partition is another process's now: only what is being appended can still be answered here. */
  async lose(): Promise<void> {
    this.#lost = true;
    // A claim that is under way ends as early as it can: it would put the new owner out.
    await this.#appender.close();
    await this.#finish();
    await this.#close();
  }

  /** Somebody else says to have claimed since: unless that was a mistake of theirs, this writer loses the partition. */
  doubt(): void {
    this.#doubted = true;
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
        if (this.#doubted) await this.#claimAnew();
        if (!this.#ready || this.#states.taken || this.#appender.renewalDue) await this.#recover();
        if (this.#queue.size === 0) {
          await this.#pause.untilWoken();
          continue;
        }
        await this.#appendGroup();
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
    return this.#lost || (this.#stopping && (this.#queue.size === 0 || !this.#ready));
  }

  /** For every claim but the first: only a process that the group counts in may make one. */
  async #stillAssigned(): Promise<void> {
    if (!this.#ended) await Promise.race([this.tenure.confirmed(), this.#pause.untilEnded()]);
  }

  async #claimAnew(): Promise<void> {
    this.#doubted = this.#ready = false;
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
    if (this.#lost) return;
    const claim = this.#claim;
    const end = this.#end;
    try {
      await this.#states.open({ topic, partition, claim });
    } catch (error) {
      // The store knows of a later claim, so this one is over.
      if (error instanceof StateTakenError) this.#claim = undefined;
      throw error;
    }
    const offset = this.#states.nextOffset;
    if (offset > end) {
      throw new LogUnavailableError(
        `${topic}/${partition} ends at ${end}, before the saved states: ${offset}`,
      );
    }
    const group = this.#unsettled;
    // The states may be past the group already: folded by a try that failed, or saved by another owner in the meantime.
    const found = group ? await this.#offsetsById(group.baseOffset, offset) : new Map<string, number>();
    for await (const events of log.read({ topic, partition, offset }, end)) {
      if (this.#lost) return;
      const repeats = await this.#states.fold(events, log.hasGaps?.(topic, partition));
      for (const { position } of repeats) observer.repeated(position);
      observer.recovering(topic, partition, this.#states.nextOffset - offset, end - offset);
      if (group) for (const { metadata, position } of events) found.set(metadata.eventId, position.offset);
    }
    this.#states.advanceTo(end);
    group?.settle((eventId) => found.get(eventId));
    this.#unsettled = undefined;
    if (!this.#ready) observer.recovered(topic, partition, end - offset, this.#states.size);
    this.#ready = true;
    this.tenure.began(claim);
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

  async #appendGroup(): Promise<void> {
    const { aggregate, encode, limits, clock } = this.parts;
    const { topic } = aggregate;
    this.#taken = this.#queue.takeUpTo(limits.maxGroupEvents);
    // Large batches come to all partitions at the same moment: one after the other, with everything else in between.
    if (bytesOf(this.#taken) > LARGE_GROUP_BYTES) await nextTurn();
    const known = await this.#loadMissing();
    const { nextOffset: baseOffset } = this.#states;
    const group = new GroupDecision(
      aggregate,
      { topic, partition: this.partition, baseOffset },
      (streamId) => this.#states.get(streamId) ?? known?.get(streamId),
      encode,
      limits.maxGroupBytes,
    );
    this.#decide(group, clock.now());
    if (group.empty) return;

    this.#appending = group;
    try {
      if (group.encoded.length === 0) await this.#appender.confirm();
      else await this.#append(group, baseOffset);
      group.accept(this.#states);
      if (this.#states.isMuchUnsaved) this.#keeper.saveSoon();
    } catch (error) {
      this.#claim = undefined;
      if (error instanceof AppendError && error.outcome !== 'unknown') group.handBack();
      else this.#unsettled = group;
      throw error;
    } finally {
      this.#appending = undefined;
    }
  }

  async #append(group: GroupDecision<State, Command, Event, Refusal>, baseOffset: number): Promise<void> {
    const { topic } = this.parts.aggregate;
    const offset = await this.#appender.append(group.encoded);
    // Records in between are somebody else's: what was decided here may not hold any more.
    if (offset !== baseOffset)
      throw new AppendError('unknown', `${topic}/${this.partition}: foreign records`);
    this.#end = offset + group.encoded.length;
    this.parts.observer.appended(topic, this.partition, group.encoded.length);
  }

  /**
   * Loads the states that are not in memory, in one question; without an answer, those commands alone fail.
   * @returns what the group needs; `undefined` when all of it is in memory, and stays there until it is decided.
   */
  async #loadMissing(): Promise<Map<string, StreamRecord<State>> | undefined> {
    const streamIds: string[] = [];
    for (const { request } of this.#taken) if (!request.newStream) streamIds.push(request.streamId);
    const missing = this.#states.missing(streamIds);
    if (missing.length === 0) return undefined;
    const known = this.#states.known(streamIds);
    try {
      for (const [streamId, record] of await this.#states.load(missing)) known.set(streamId, record);
    } catch (error) {
      if (error instanceof StateTakenError) {
        // Decided once the states are read again from where the store has them.
        this.#queue.putBack(this.#taken.splice(0));
        throw error;
      }
      this.parts.observer.storeFailed(this.parts.aggregate.topic, this.partition, error as Error);
      const unknown = new Set(missing);
      for (const pending of this.#taken) {
        if (!unknown.has(pending.request.streamId) || pending.request.newStream) continue;
        pending.failUnavailable('The state cannot be loaded now.');
      }
    }
    return known;
  }

  #decide(group: GroupDecision<State, Command, Event, Refusal>, now: number): void {
    const { maxGroupEvents } = this.parts.limits;
    // The next command could be as large as those so far: stop at half, so that the group fits one batch.
    const maxBytes = Math.min(LARGE_GROUP_BYTES, this.parts.limits.maxGroupBytes / 2);
    let decided = 0;
    for (const pending of this.#taken) {
      if (group.encoded.length >= maxGroupEvents || group.bytes > maxBytes) break;
      decided++;
      if (pending.done) continue;
      if (pending.deadline <= now) pending.failUnavailable('The event log did not answer in time.');
      else group.decide(pending, now);
    }
    this.#queue.putBack(this.#taken.splice(decided));
    this.#taken = [];
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
    for (const pending of [...this.#queue, ...this.#taken]) {
      if (pending.deadline <= now) pending.failUnavailable('The event log did not answer in time.');
    }
    this.#queue.keep(({ done }) => !done);
    for (const group of [this.#appending, this.#unsettled]) {
      for (const pending of group?.commands ?? []) if (pending.deadline <= now) pending.failUnknown();
    }
    if (this.#appender.renewalDue) this.#pause.wake();
    this.#keeper.saveIfDue();
  }

  async #finish(): Promise<void> {
    this.#stopping = true;
    if (this.#lost) for (const pending of this.#queue.takeUpTo(Number.POSITIVE_INFINITY)) pending.handBack();
    this.#pause.end();
    await this.#running;
    clearInterval(this.#sweeper);
    for (const pending of [...this.#queue.takeUpTo(Number.POSITIVE_INFINITY), ...this.#taken])
      pending.handBack();
    for (const pending of this.#unsettled?.commands ?? []) pending.failUnknown();
  }

  async #close(): Promise<void> {
    this.#ready = false;
    await this.#appender.close();
    this.parts.observer.released(this.parts.aggregate.topic, this.partition);
  }
}
