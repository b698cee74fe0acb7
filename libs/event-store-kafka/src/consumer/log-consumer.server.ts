import { messageOf, type Position, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import pLimit, { type LimitFunction } from 'p-limit';
import { lastValueFrom } from 'rxjs';
import { EventDecodingError } from '#libs/contracts';
import { LogUnavailableError } from '#libs/event-store';
import type { EventRecord, KafkaEventLog } from '../kafka-event-log.js';
import { GroupMember } from './group-member.js';
import { LogBatchContext, type PartitionAssignments } from './log-batch.context.js';
import { Turns } from './turns.js';

export interface LogConsumerOptions {
  /** Handlers are chosen by it: `@EventPattern(topic, transportId)`. */
  readonly transportId: symbol;
  readonly groupId: string;
  readonly kafka: Kafka;
  readonly log: KafkaEventLog;
  readonly assignments: PartitionAssignments;
  /** Most events in one call of the handler. */
  readonly maxEvents: number;
  /** Batches that the handler is given at once. */
  readonly batchesAtOnce: number;
  /**
   * Events are let gather after a small batch: twice as long as that has taken, within these bounds. So what each batch costs
   * is shared by more events the busier the machine is, and a first event waits for nothing.
   */
  readonly gatherMs: { readonly least: number; readonly most: number };
}

const RETRY_PAUSE_MS = 500;

/** Larger ones have gathered enough by themselves. */
const SMALL_BATCH = 100;
const GATHERING = 2;
const FETCHED_TOGETHER = 64;

/**
 * Nest microservice transport that hands whole batches of one partition to the `@EventPattern(topic, transportId)`
 * handler. The consumer group only shares partitions out; where to read is the handler's own checkpoint.
 * A handler that fails holds up its partition alone: that is read again, from the checkpoint, after a pause.
 */
export class LogConsumerServer extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  // Failures come back to us, so Nest need not log them a second time.
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
        // All that was fetched together: one that gathers is in nobody's way.
        partitionsConsumedConcurrently: FETCHED_TOGETHER,
        eachBatch: (payload) => this.#eachBatch(payload),
      },
      // One that waits for a person keeps no other waiting: to Kafka a group with a topic that is gone reads nothing.
      topics: (isNews) => options.log.topicsInUse([...this.messageHandlers.keys()], isNews),
      joined: (event) => this.#joined(event),
    });
  }

  /** What keeps events from being handled, if anything but a person does: for readiness. */
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
    // Kafka may be away at the start, and come: the app is up meanwhile, and not ready.
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

  /** Nothing is fetched of a partition until it is known where to read from. */
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
        await sleep(RETRY_PAUSE_MS);
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
    const membership = {
      isStale: () => payload.isStale() || !this.#assigned.has(topicPartitionKey(batch)),
      heartbeat: () => payload.heartbeat(),
    };
    const began = performance.now();
    try {
      for (let start = 0; start < messages.length; start += this.options.maxEvents) {
        if (!payload.isRunning() || membership.isStale()) return;
        const slice = messages.slice(start, start + this.options.maxEvents);
        // The batch may end in control records, which are in no slice.
        const next = messages[start + slice.length];
        const nextOffset = next ? Number(next.offset) : Number(batch.lastOffset()) + 1;
        const firstOffset = Number(start === 0 ? batch.firstOffset() : slice[0]?.offset);
        const place = { topic, partition, first: firstOffset, next: nextOffset, membership };
        await this.#limit(() => this.#handle(slice, place));
        this.#failing.delete(topicPartitionKey(batch));
        payload.resolveOffset(String(nextOffset - 1));
        await payload.heartbeat();
      }
      if (messages.length < SMALL_BATCH) await this.#gather(performance.now() - began);
    } catch (error) {
      // Of the group itself, such as a rebalance that a heartbeat was told of: kafkajs joins again.
      if (error instanceof Error && error.name.startsWith('KafkaJS')) throw error;
      // kafkajs would stop for good on a TypeError and its kin, and rejoin on others: neither helps here.
      // A record that cannot be read was told of by name, once, and holds up its partition alone: the process is well.
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
    return sleep(Math.min(most, Math.max(least, GATHERING * tookMs)));
  }

  /** One call of the handler, and another behind each record that cannot be read. */
  async #handle(records: readonly EventRecord[], place: Slice): Promise<void> {
    const { topic, partition, next, membership } = place;
    const handler = this.messageHandlers.get(topic);
    if (!handler) throw new Error(`no handler for topic ${topic}`);
    let { first } = place;
    let left = records;
    while (first < next) {
      const { events, failure } = await this.options.log.decodeReadable(topic, partition, left);
      // Read again until it can be read: what is sound must not be taken for lost.
      const healing = failure?.mayHeal ? failure : undefined;
      if (healing && events.length === 0) throw healing;
      const end = failure?.position.offset ?? next;
      const unreadable = healing ? undefined : failure?.message;
      const context = new LogBatchContext(topic, partition, first, end, membership, unreadable);
      // The handler's proxy turns a throw into an Observable that errors, so it must be subscribed to.
      await lastValueFrom(this.transformToObservable(await handler(events, context)), {
        defaultValue: undefined,
      });
      if (healing) throw healing;
      first = failure ? end + 1 : next;
      const behind = first;
      left = left.filter(({ offset }) => Number(offset) >= behind);
    }
  }
}

/** A part of what was fetched. */
interface Slice extends TopicPartition {
  readonly first: number;
  readonly next: number;
  readonly membership: ConstructorParameters<typeof LogBatchContext>[4];
}
