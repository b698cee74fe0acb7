import type { Clock, DomainEvent, Rejection } from '#libs/kernel';
import type { Aggregate } from './aggregate.js';
import { type CommandRequest, type CommandResult, CommandUnavailableError } from './command.js';
import { AppendError, type EncodeEvent, type EventLog, type PartitionAppender } from './event-log.js';
import { GroupDecision } from './group-decision.js';
import { PendingCommand } from './pending-command.js';
import { StreamStates } from './stream-states.js';
import type { WriterLimits, WriterObserver } from './writer-settings.js';

/**
 * The one writer of one partition: a loop that takes what has queued up, decides it in turn, appends once, answers.
 *
 *   recovering ──claimed, read to the end──► ready ──group──► appending ──durable──► ready
 *        ▲                                                        │
 *        └────────── rejected, fenced or outcome unknown ─────────┘
 *
 * After an unknown outcome the group is answered by what the log holds once it is claimed and read again.
 */
export class PartitionWriter<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly #appender: PartitionAppender;
  readonly #states: StreamStates<State, Event>;
  #queue: PendingCommand<State, Command, Refusal>[] = [];
  /** The group whose outcome is unknown, until a claim and a read tell. */
  #unsettled: GroupDecision<State, Command, Event, Refusal> | undefined;
  /** Where the events read since then stand, by event id. Outlives a read that breaks off half-way. */
  readonly #readSince = new Map<string, number>();
  #appending: GroupDecision<State, Command, Event, Refusal> | undefined;
  #ready = false;
  #stopping = false;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly aggregate: Aggregate<State, Command, Event, Refusal>,
    private readonly partition: number,
    private readonly log: EventLog,
    private readonly encode: EncodeEvent,
    private readonly clock: Clock,
    private readonly limits: WriterLimits,
    private readonly observer: WriterObserver,
  ) {
    this.#appender = log.appender(aggregate.topic, partition);
    this.#states = new StreamStates(aggregate.decider);
  }

  /** Whether commands are being decided now. */
  get ready(): boolean {
    return this.#ready;
  }

  start(): void {
    this.#running ??= this.#run();
    this.#sweeper ??= setInterval(() => this.#expire(), this.limits.sweepMs).unref();
  }

  /** Refuses new commands, answers those that it has, and lets go of the partition. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#running;
    clearInterval(this.#sweeper);
    for (const pending of this.#queue.splice(0)) pending.failUnavailable('The server is stopping.');
    this.#unsettled?.commands.forEach((pending) => pending.failUnknown());
    await this.#appender.close();
  }

  /** @throws CommandUnavailableError, CommandOutcomeUnknownError, EventEncodingError (by rejection) */
  submit(request: CommandRequest<Command>): Promise<CommandResult<State, Refusal>> {
    if (this.#stopping) return Promise.reject(new CommandUnavailableError('The server is stopping.'));
    if (this.#queue.length >= this.limits.maxQueued) {
      return Promise.reject(new CommandUnavailableError('Too many commands are waiting for this partition.'));
    }
    const pending = new PendingCommand<State, Command, Refusal>(
      request,
      this.clock.now() + this.limits.commandTimeoutMs,
    );
    this.#queue.push(pending);
    this.#wake?.();
    return pending.answered;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!(this.#stopping && (this.#queue.length === 0 || !this.#ready))) {
      try {
        if (!this.#ready) await this.#recover();
        failures = 0;
        if (this.#queue.length === 0) await this.#sleep();
        else await this.#appendGroup();
      } catch (error) {
        this.#ready = false;
        this.observer.failed(this.aggregate.topic, this.partition, error as Error);
        if (!this.#stopping)
          await this.#sleep(Math.min(this.limits.maxRecoveryPauseMs, 50 * 2 ** failures++));
      }
    }
  }

  async #recover(): Promise<void> {
    const { topic } = this.aggregate;
    const { end } = await this.#appender.claim();
    const from = { topic, partition: this.partition, offset: this.#states.nextOffset };
    for await (const events of this.log.read(from, end)) {
      this.#states.apply(events);
      if (!this.#unsettled) continue;
      for (const { metadata, position } of events) this.#readSince.set(metadata.eventId, position.offset);
    }
    this.#states.advanceTo(end);
    this.#unsettled?.settle(topic, this.partition, (eventId) => this.#readSince.get(eventId));
    this.#unsettled = undefined;
    this.#readSince.clear();
    this.#ready = true;
    this.observer.recovered(topic, this.partition, end - from.offset, this.#states.size);
  }

  async #appendGroup(): Promise<void> {
    const { topic } = this.aggregate;
    const group = new GroupDecision(this.aggregate, this.#states, this.encode, this.limits.maxGroupBytes);
    const now = this.clock.now();
    let taken = 0;
    for (const pending of this.#queue) {
      // The next command could be as large as those so far: stop at half, so that the group fits one batch.
      if (group.encoded.length >= this.limits.maxGroupEvents || group.bytes > this.limits.maxGroupBytes / 2)
        break;
      if (pending.deadline <= now) pending.failUnavailable('The event log did not answer in time.');
      else group.decide(pending, now);
      taken++;
    }
    this.#queue = this.#queue.slice(taken);
    if (group.encoded.length === 0) return group.accept(topic, this.partition, this.#states.nextOffset);

    this.#appending = group;
    try {
      const baseOffset = await this.#appender.append(group.encoded);
      // Records in between are somebody else's: what was decided here may not hold any more.
      if (baseOffset !== this.#states.nextOffset)
        throw new AppendError('unknown', 'another writer has appended');
      group.accept(topic, this.partition, baseOffset);
      this.observer.appended(topic, this.partition, group.encoded.length);
    } catch (error) {
      if (error instanceof AppendError && error.outcome !== 'unknown')
        group.abandon('The event log refused the append.');
      else this.#unsettled = group;
      throw error;
    } finally {
      this.#appending = undefined;
    }
  }

  /** Answers those whose time is up: a client must never hang on a log that does not answer. */
  #expire(): void {
    const now = this.clock.now();
    const expired = this.#queue.filter(({ deadline }) => deadline <= now);
    if (expired.length > 0) this.#queue = this.#queue.filter(({ deadline }) => deadline > now);
    for (const pending of expired) pending.failUnavailable('The event log did not answer in time.');
    for (const group of [this.#appending, this.#unsettled]) {
      for (const pending of group?.commands ?? []) if (pending.deadline <= now) pending.failUnknown();
    }
  }

  #sleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      // Only the wait for work ends when work comes; a pause after a failure lasts.
      this.#wake = () => {
        if (ms !== undefined && !this.#stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
