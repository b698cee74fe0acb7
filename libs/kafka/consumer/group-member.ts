import { Logger } from '@nestjs/common';
import type { Consumer, ConsumerConfig, ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import { Counter } from 'prom-client';
import { systemClock, type TopicPartition, withTimeout } from '#libs/kernel';

export interface GroupMemberOptions {
  readonly kafka: Kafka;
  readonly consumer: ConsumerConfig;
  /**
   * Called at each start and then periodically; the member restarts when the topics change.
   * @param isNews whether the member failed, so cached knowledge may be outdated
   */
  readonly topics: (isNews: boolean) => Promise<readonly string[]>;
  /** The group has assigned these partitions to this member, in place of those before. */
  readonly joined: (assigned: readonly TopicPartition[]) => void;
  /** The group has just accepted this member's heartbeat. */
  readonly heartbeat?: () => void;
  /** A member that the group has not accepted for this long is replaced. Default: 30,000. */
  readonly silentMs?: number;
}

const RESTART_PAUSE_MS = 500;
const LOOK_AGAIN_MS = 5_000;
/** While there are no topics, nothing happens until they come. */
const LOOK_SOON_MS = 500;
/** Five times as long as the group itself waits for a silent member. */
const SILENT_MS = 30_000;
/** A member that was given up may never finish to leave; its group forgets it. */
const LEAVE_MS = 5_000;

const restarts = new Counter({
  name: 'orderstream_group_restarts_total',
  help: 'Members of consumer groups that were replaced, because they had failed, fallen silent, or needed other topics.',
  labelNames: ['group'],
});

/**
 * A consumer group member that always restarts after a failure, also if kafkajs gives up on it without a word (its issue
 * 1630). It uses only the membership: all partitions are paused, and nothing is read.
 */
export class GroupMember {
  readonly #logger = new Logger('GroupMember');
  #consumer: Consumer | undefined;
  #restart: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #endWatch: () => void = () => undefined;
  /** When the group last accepted this member. */
  #acceptedAt = 0;
  #closed = false;
  #fault: string | undefined = 'it has not joined its group yet';
  #hasFailed = false;

  constructor(private readonly options: GroupMemberOptions) {
    // `increase` needs a 0 before the first one.
    restarts.inc({ group: options.consumer.groupId }, 0);
  }

  get consumer(): Consumer | undefined {
    return this.#consumer;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  async start(): Promise<void> {
    const { kafka, topics, heartbeat } = this.options;
    const consumer = kafka.consumer({
      allowAutoTopicCreation: false,
      // The least that brokers allow by default; the group waits this long for a dead member.
      sessionTimeout: 6_000,
      ...this.options.consumer,
      // This class restarts failed consumers, including those that kafkajs gives up on. If kafkajs restarted them too, two
      // members of one process would keep evicting each other from the group.
      retry: { retries: 0, restartOnFailure: async () => false },
    });
    this.#consumer = consumer;
    // Ignores events of consumers that have been replaced.
    const isCurrent = () => consumer === this.#consumer;
    consumer.on('consumer.group_join', (event) => {
      if (!isCurrent()) return;
      this.#acceptedAt = systemClock.monotonic();
      this.#fault = undefined;
      this.#joined(consumer, event);
    });
    consumer.on('consumer.heartbeat', () => {
      if (!isCurrent()) return;
      this.#acceptedAt = systemClock.monotonic();
      heartbeat?.();
    });
    consumer.on('consumer.crash', ({ payload }) => {
      if (isCurrent()) this.#restartLater(payload.error);
    });
    try {
      const subscribed = await topics(this.#hasFailed);
      this.#hasFailed = false;
      await consumer.connect();
      if (!isCurrent()) return await consumer.disconnect();
      this.#lookLater(consumer, subscribed);
      // Having nothing to read is not a fault.
      if (subscribed.length === 0) return void (this.#fault = undefined);
      this.#watchOver(consumer);
      await consumer.subscribe({ topics: [...subscribed], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
    } catch (error) {
      if (isCurrent()) this.#restartLater(error as Error);
    }
  }

  /** Fails the member if its group has not accepted it for too long. */
  #watchOver(consumer: Consumer): void {
    const { silentMs = SILENT_MS } = this.options;
    this.#endWatch();
    this.#acceptedAt = systemClock.monotonic();
    this.#endWatch = systemClock.every(silentMs / 6, () => {
      if (consumer !== this.#consumer || systemClock.monotonic() - this.#acceptedAt < silentMs) return;
      this.#restartLater(new Error(`its group has not accepted it for ${silentMs / 1_000} s`));
    });
  }

  #joined(consumer: Consumer, { payload }: ConsumerGroupJoinEvent): void {
    const assigned = Object.entries(payload.memberAssignment).map(([topic, partitions]) => ({
      topic,
      partitions,
    }));
    consumer.pause(assigned);
    this.options.joined(
      assigned.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
    );
  }

  #lookLater(consumer: Consumer, subscribed: readonly string[]): void {
    clearTimeout(this.#look);
    const afterMs = subscribed.length > 0 ? LOOK_AGAIN_MS : LOOK_SOON_MS;
    this.#look = setTimeout(() => {
      const look = async (): Promise<void> => {
        const wanted = await this.options.topics(false).catch(() => subscribed);
        if (consumer !== this.#consumer) return;
        if (isSame(wanted, subscribed)) this.#lookLater(consumer, subscribed);
        else this.#restartLater(new Error(`reads ${wanted.join(', ') || 'nothing'} from now on`));
      };
      void look();
    }, afterMs).unref();
  }

  async stop(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#look);
    this.#endWatch();
    await this.#disconnect();
  }

  #restartLater(error: Error): void {
    this.#fault = error.message;
    this.#hasFailed = true;
    if (this.#closed || this.#restart) return;
    const { groupId } = this.options.consumer;
    restarts.inc({ group: groupId });
    this.#logger.warn(`${groupId}: ${error.message}; restarting`);
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#disconnect()
        .then(() => (this.#closed ? undefined : this.start()))
        .catch((failure: unknown) => this.#restartLater(failure as Error));
    }, RESTART_PAUSE_MS);
  }

  async #disconnect(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer) await withTimeout(LEAVE_MS, consumer.disconnect(), systemClock);
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((topic) => b.includes(topic));
