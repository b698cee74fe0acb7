import {
  asError,
  type EventBatch,
  LogUnavailableError,
  messageOf,
  type Position,
  systemClock,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import kafkajs, { type Kafka } from 'kafkajs';
import pLimit, { type LimitFunction } from 'p-limit';
import { lastValueFrom } from 'rxjs';
import { EventDecodingError, type LoggedEvent } from '#libs/contracts';
import type { KafkaEventLog } from '../kafka-event-log.js';
import { stickyAssigner } from '../ownership/sticky-assigner.js';
import { GroupMember } from './group-member.js';
import { Turns } from './turns.js';

/** Callbacks for a consumer app's partitions. Kafka's committed offsets are not used. */
export interface PartitionAssignments {
  /**
   * Returns the offset to read an assigned partition from. Called again after each rebalance and failure, also for a
   * partition that the member already has; no handler of the partition is running then.
   */
  assigned(at: TopicPartition): Promise<number>;
  revoked(at: TopicPartition): Promise<void>;
}

export interface LogConsumerOptions {
  /** Selects handlers: `@EventPattern(topic, transportId)`. */
  readonly transportId: symbol;
  readonly groupId: string;
  readonly kafka: Kafka;
  readonly log: KafkaEventLog;
  readonly assignments: PartitionAssignments;
  /** Maximum number of events per handler call. */
  readonly maxEvents: number;
  readonly batchesAtOnce: number;
  /** Whether the handler also gets batches without events, because it tracks offsets itself. */
  readonly withEmptyBatches?: boolean;
  /**
   * Bounds of the wait after a small batch, which lasts twice the batch's own time. The busier the machine, the more events
   * share a batch's cost, and a first event never waits.
   */
  readonly gatherMs: { readonly least: number; readonly most: number };
}

const RETRY_PAUSE_MS = 500;

/** Larger batches need no wait. */
const SMALL_BATCH = 100;
const GATHERING = 2;

interface Reading {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Nest microservice transport that hands whole batches of one partition to the `@EventPattern(topic, transportId)`
 * handler. The consumer group only distributes partitions; the handler's checkpoint says where to read, and the tail of the
 * log, which all consumers of the process share, gives the events.
 *
 *   assigned ──offset──► reading ──batch──► handling ──► reading …
 *       ▲                                      │
 *       └── after a pause ── failed, in this partition alone
 */
export class LogConsumerServer extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  // Failures return here, so Nest need not log them again.
  override readonly propagatesEventHandlerErrors = true;
  readonly #member: GroupMember;
  #assigned = new Map<string, TopicPartition>();
  readonly #readings = new Map<string, Reading>();
  readonly #turns = new Turns();
  readonly #limit: LimitFunction;
  /** Partitions whose last batch failed, with the reason. */
  readonly #failing = new Map<string, string>();

  constructor(private readonly options: LogConsumerOptions) {
    super();
    this.transportId = options.transportId;
    this.#limit = pLimit(options.batchesAtOnce);
    this.#member = new GroupMember({
      kafka: options.kafka,
      consumer: {
        groupId: options.groupId,
        // kafkajs looks whether a heartbeat is due as often as it would wait for records, which bounds how long a stop takes.
        heartbeatInterval: 750,
        maxWaitTimeInMs: 250,
        // As commands are shared out, so that a process reads what it appends itself; the other one for members of
        // older versions.
        partitionAssigners: [stickyAssigner(() => []), kafkajs.PartitionAssigners.roundRobin],
      },
      // Excludes topics that wait for an operator: with a missing topic, a Kafka group would read nothing at all.
      topics: (isNews) => options.log.topicsInUse([...this.messageHandlers.keys()], isNews),
      joined: (assigned) => this.#joined(assigned),
    });
  }

  /** Why events are blocked, other than by a pending operator decision; for readiness. */
  get fault(): string | undefined {
    if (this.#member.fault !== undefined) return this.#member.fault;
    for (const [key, reason] of this.#failing) {
      const assigned = this.#assigned.get(key);
      // An attempt that fails late may leave the reason of a partition that another member has by now.
      if (!assigned || this.options.log.isObstructed(assigned.topic, assigned.partition)) continue;
      return `${key} is held up: ${reason}`;
    }
    return undefined;
  }

  async listen(done: (error?: unknown) => void): Promise<void> {
    // The app starts without Kafka, and is not ready until Kafka is reachable.
    done();
    await this.#member.start();
  }

  async close(): Promise<void> {
    await this.#member.stop();
    const assigned = [...this.#assigned.values()];
    this.#assigned.clear();
    await this.#revoke(assigned);
  }

  on(): never {
    throw new Error('a log consumer has no events');
  }

  unwrap<T>(): T {
    return this.#member.consumer as T;
  }

  #joined(assigned: readonly TopicPartition[]): void {
    const lost = new Map(this.#assigned);
    this.#assigned = new Map(assigned.map((each) => [topicPartitionKey(each), each]));
    for (const key of this.#assigned.keys()) lost.delete(key);
    for (const key of lost.keys()) this.#failing.delete(key);
    void this.#revoke([...lost.values()]);
    for (const each of assigned) void this.#begin(each);
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    const { assignments } = this.options;
    const results = await Promise.allSettled(
      partitions.map((each) => this.#takeTurn(each, () => assignments.revoked(each))),
    );
    for (const result of results) if (result.status === 'rejected') this.logger.error(result.reason);
  }

  /** Stops reading the partition, then does the work. An answer that comes late must not outlive the loss of the partition. */
  #takeTurn<Value>(at: TopicPartition, work: () => Promise<Value>): Promise<Value> {
    const key = topicPartitionKey(at);
    this.#readings.get(key)?.stop.abort();
    return this.#turns.take(key, async () => {
      const reading = this.#readings.get(key);
      reading?.stop.abort();
      await reading?.ended;
      return work();
    });
  }

  /** Reads from the checkpoint on, as soon as there is one. */
  async #begin(at: TopicPartition): Promise<void> {
    const key = topicPartitionKey(at);
    const assignment = this.#assigned.get(key);
    const isCurrent = () => assignment !== undefined && this.#assigned.get(key) === assignment;
    while (isCurrent()) {
      try {
        await this.#takeTurn(at, async () => {
          if (!isCurrent()) return;
          const offset = await this.options.assignments.assigned(at);
          if (!isCurrent()) return;
          await this.#mustBeInLog({ ...at, offset });
          this.#failing.delete(key);
          this.#read({ ...at, offset });
        });
        return;
      } catch (error) {
        const message = messageOf(error);
        // Once for each cause, not twice a second.
        if (this.#failing.get(key) !== message)
          this.logger.warn(`${this.options.groupId}: ${key} cannot be read yet: ${message}`);
        this.#failing.set(key, message);
        await systemClock.sleep(RETRY_PAUSE_MS);
      }
    }
  }

  /** From behind the end nothing would ever come, and later what came would be taken for known. */
  async #mustBeInLog({ topic, partition, offset }: Position): Promise<void> {
    const ends = await this.options.log.endOffsets([topic]);
    const end = ends.find((each) => each.partition === partition)?.offset ?? 0;
    if (offset > end)
      throw new LogUnavailableError(`the log ends at ${end}, before ${offset}: records are gone`);
  }

  #read(from: Position): void {
    const key = topicPartitionKey(from);
    const stop = new AbortController();
    const ended = this.#readUntil(from, stop.signal)
      .catch((error: unknown) => this.#failed(from, asError(error)))
      .finally(() => {
        if (this.#readings.get(key)?.stop === stop) this.#readings.delete(key);
      });
    this.#readings.set(key, { stop, ended });
  }

  #failed({ topic, partition }: TopicPartition, error: Error): void {
    const at = { topic, partition };
    // An unreadable record was logged once and blocks only its own partition: the process is well.
    if (!(error instanceof EventDecodingError)) {
      this.logger.error({ err: error, topic, partition }, 'a batch of the log failed; it is read again');
      this.#failing.set(topicPartitionKey(at), messageOf(error));
    }
    setTimeout(() => void this.#begin(at), RETRY_PAUSE_MS).unref();
  }

  async #readUntil({ topic, partition, offset }: Position, stop: AbortSignal): Promise<void> {
    const key = topicPartitionKey({ topic, partition });
    const reader = this.options.log.tailReader({ topic, partition });
    try {
      for (let next = offset; !stop.aborted; ) {
        const batch = await reader.read(next, this.options.maxEvents, stop);
        if (!batch) return;
        const isObstructed = batch.unreadable !== undefined;
        next = isObstructed ? batch.next + 1 : batch.next;
        // Other records than events move no checkpoint.
        if (batch.events.length === 0 && !isObstructed && !this.options.withEmptyBatches) continue;
        const began = performance.now();
        await this.#limit(async () => (stop.aborted ? undefined : this.#handle(batch)));
        this.#failing.delete(key);
        if (batch.events.length < SMALL_BATCH) await this.#gather(performance.now() - began, stop);
      }
    } finally {
      reader.close();
    }
  }

  async #gather(tookMs: number, stop: AbortSignal): Promise<void> {
    const { least, most } = this.options.gatherMs;
    const waitMs = Math.min(most, Math.max(least, GATHERING * tookMs));
    if (waitMs > 0) await systemClock.sleep(waitMs, stop);
  }

  async #handle(batch: EventBatch<LoggedEvent>): Promise<void> {
    const handler = this.messageHandlers.get(batch.topic);
    if (!handler) throw new Error(`no handler for topic ${batch.topic}`);
    // The handler's proxy turns a throw into an Observable that errors, so it must be subscribed to.
    await lastValueFrom(this.transformToObservable(await handler(batch)), { defaultValue: undefined });
  }
}
