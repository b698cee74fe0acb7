import {
  type EventBatch,
  LogUnavailableError,
  messageOf,
  type Position,
  systemClock,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import pLimit, { type LimitFunction } from 'p-limit';
import { lastValueFrom } from 'rxjs';
import { EventDecodingError, type LoggedEvent } from '#libs/contracts';
import type { EventRecord, KafkaEventLog } from '../kafka-event-log.js';
import { GroupMember } from './group-member.js';
import { Turns } from './turns.js';

/** Callbacks for a consumer app's partitions. Kafka's committed offsets are not used. */
export interface PartitionAssignments {
  /**
   * Returns the offset to read an assigned partition from. Called again after each rebalance and failure, also for a
   * partition that the member already has.
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
const FETCHED_TOGETHER = 64;

/**
 * Nest microservice transport that hands whole batches of one partition to the `@EventPattern(topic, transportId)`
 * handler. The consumer group only distributes partitions; the handler's checkpoint says where to read.
 * A failing handler blocks only its own partition, which is read again from the checkpoint after a pause.
 */
export class LogConsumerServer extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  // Failures return here, so Nest need not log them again.
  override readonly propagatesEventHandlerErrors = true;
  readonly #member: GroupMember;
  #assigned = new Map<string, TopicPartition>();
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
        heartbeatInterval: 1_000,
        maxBytesPerPartition: 1_048_576,
      },
      run: {
        autoCommit: false,
        eachBatchAutoResolve: false,
        // Enough for all fetched batches, so a waiting one does not block the others.
        partitionsConsumedConcurrently: FETCHED_TOGETHER,
        eachBatch: (payload) => this.#eachBatch(payload),
      },
      // Excludes topics that wait for an operator: with a missing topic, a Kafka group would read nothing at all.
      topics: (isNews) => options.log.topicsInUse([...this.messageHandlers.keys()], isNews),
      joined: (event) => this.#joined(event),
    });
  }

  /** Why events are blocked, other than by a pending operator decision; for readiness. */
  get fault(): string | undefined {
    if (this.#member.fault !== undefined) return this.#member.fault;
    for (const [key, reason] of this.#failing) {
      const assigned = this.#assigned.get(key);
      if (assigned && this.options.log.isObstructed(assigned.topic, assigned.partition)) continue;
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
    await this.#revoke([...this.#assigned.values()]);
  }

  on(): never {
    throw new Error('a log consumer has no events');
  }

  unwrap<T>(): T {
    return this.#member.consumer as T;
  }

  /** Fetches nothing of a partition until its start offset is known. */
  #joined({ payload }: ConsumerGroupJoinEvent): void {
    const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    const lost = new Map(this.#assigned);
    this.#assigned = new Map(assigned.map((each) => [topicPartitionKey(each), each]));
    for (const key of this.#assigned.keys()) lost.delete(key);
    for (const key of lost.keys()) this.#failing.delete(key);
    this.#member.consumer?.pause(
      assigned.map(({ topic, partition }) => ({ topic, partitions: [partition] })),
    );
    void this.#revoke([...lost.values()]);
    for (const each of assigned) void this.#seekToCheckpoint(each);
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    const { assignments } = this.options;
    // In turn with its assignment: an answer that comes late must not outlive the loss of the partition.
    const results = await Promise.allSettled(
      partitions.map((each) => this.#turns.take(topicPartitionKey(each), () => assignments.revoked(each))),
    );
    for (const result of results) if (result.status === 'rejected') this.logger.error(result.reason);
  }

  async #seekToCheckpoint(at: TopicPartition): Promise<void> {
    const key = topicPartitionKey(at);
    const { topic, partition } = at;
    const { consumer } = this.#member;
    const isCurrent = () => consumer === this.#member.consumer && this.#assigned.has(key);
    while (consumer && isCurrent()) {
      try {
        const offset = await this.#turns.take(key, async () =>
          isCurrent() ? this.options.assignments.assigned(at) : undefined,
        );
        if (offset === undefined || !isCurrent()) return;
        await this.#mustBeInLog({ topic, partition, offset });
        this.#failing.delete(key);
        consumer.seek({ topic, partition, offset: String(offset) });
        consumer.resume([{ topic, partitions: [partition] }]);
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

  /** From behind the end kafkajs would begin again at the first record, and what came would be taken for known. */
  async #mustBeInLog({ topic, partition, offset }: Position): Promise<void> {
    const ends = await this.options.log.endOffsets([topic]);
    const end = ends.find((each) => each.partition === partition)?.offset ?? 0;
    if (offset > end)
      throw new LogUnavailableError(`the log ends at ${end}, before ${offset}: records are gone`);
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition, messages } = batch;
    const isStale = (): boolean => payload.isStale() || !this.#assigned.has(topicPartitionKey(batch));
    const began = performance.now();
    try {
      for (let start = 0; start < messages.length; start += this.options.maxEvents) {
        if (!payload.isRunning() || isStale()) return;
        const slice = messages.slice(start, start + this.options.maxEvents);
        // The batch may end in control records, which are in no slice.
        const next = messages[start + slice.length];
        const nextOffset = next ? Number(next.offset) : Number(batch.lastOffset()) + 1;
        const first = Number(start === 0 ? batch.firstOffset() : slice[0]?.offset);
        const place = { topic, partition, first, next: nextOffset };
        await this.#limit(() => this.#handle(slice, place, isStale));
        this.#failing.delete(topicPartitionKey(batch));
        payload.resolveOffset(String(nextOffset - 1));
        await payload.heartbeat();
      }
      if (messages.length < SMALL_BATCH) await this.#gather(performance.now() - began);
    } catch (error) {
      // This is about the consumer group, such as a rebalance that a heartbeat reported: kafkajs joins again.
      if (error instanceof Error && error.name.startsWith('KafkaJS')) throw error;
      // kafkajs would stop for good on errors such as TypeError and rejoin on others. Neither helps here.
      // An unreadable record was logged once and blocks only its own partition: the process is well.
      if (!(error instanceof EventDecodingError)) {
        this.logger.error({ err: error, topic, partition }, 'a batch of the log failed; it is read again');
        this.#failing.set(topicPartitionKey(batch), messageOf(error));
      }
      payload.pause();
      setTimeout(() => void this.#seekToCheckpoint({ topic, partition }), RETRY_PAUSE_MS).unref();
    }
  }

  #gather(tookMs: number): Promise<void> {
    const { least, most } = this.options.gatherMs;
    return systemClock.sleep(Math.min(most, Math.max(least, GATHERING * tookMs)));
  }

  /**
   * One call of the handler, and another behind each record that cannot be read.
   * @param isStale whether the partition has gone to another member, so that nothing must be done here any more
   */
  async #handle(records: readonly EventRecord[], place: Slice, isStale: () => boolean): Promise<void> {
    const { topic, partition, next } = place;
    const handler = this.messageHandlers.get(topic);
    if (!handler) throw new Error(`no handler for topic ${topic}`);
    let { first } = place;
    let left = records;
    while (first < next) {
      const { events, failure } = await this.options.log.decodeReadable(topic, partition, left);
      // Read again until it can be read: what is sound must not be taken for lost.
      const healing = failure?.mayHeal ? failure : undefined;
      if (healing && events.length === 0) throw healing;
      if (isStale()) return;
      const end = failure?.position.offset ?? next;
      const obstacle = failure && !healing ? { unreadable: failure.message } : {};
      const batch: EventBatch<LoggedEvent> = { topic, partition, first, next: end, events, ...obstacle };
      // The handler's proxy turns a throw into an Observable that errors, so it must be subscribed to.
      await lastValueFrom(this.transformToObservable(await handler(batch)), { defaultValue: undefined });
      if (healing) throw healing;
      first = failure ? end + 1 : next;
      const behind = first;
      left = left.filter(({ offset }) => Number(offset) >= behind);
    }
  }
}

type Slice = Omit<EventBatch, 'events'>;
