import type { ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import { GroupMember } from '../consumer/group-member.js';
import { stickyAssigner } from './sticky-assigner.js';

export interface PartitionOwnershipOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  /** The partition may be claimed. `confirmed` resolves at the next heartbeat that the group accepts. */
  readonly assigned: (partition: number, confirmed: () => Promise<void>) => void;
  readonly revoked: (partition: number) => void;
}

/**
 * Distributes a topic's partitions among the processes of a consumer group. It uses only the membership: all partitions are
 * paused, and nothing is read. An assignment may be outdated at any moment; only a claim makes an owner.
 */
export class PartitionOwnership {
  readonly #member: GroupMember;
  #owned = new Set<number>();
  #waiting: (() => void)[] = [];

  constructor(private readonly options: PartitionOwnershipOptions) {
    const { kafka, groupId, topic } = options;
    this.#member = new GroupMember({
      kafka,
      consumer: {
        groupId,
        // Members learn of a rebalance through heartbeats, so these bound a partition's downtime. There is a group for each
        // topic, and more heartbeats would be most of what an idle process does.
        heartbeatInterval: 250,
        maxWaitTimeInMs: 125,
        partitionAssigners: [stickyAssigner(() => [...this.#owned])],
      },
      run: { autoCommit: false, eachBatch: async () => undefined },
      topics: async () => [topic],
      joined: (event) => this.#joined(event),
      heartbeat: () => this.#confirm(),
    });
  }

  get fault(): string | undefined {
    return this.#member.fault;
  }

  start(): Promise<void> {
    return this.#member.start();
  }

  /** Leaves the group, whose other members take over. Release the partitions first. */
  stop(): Promise<void> {
    return this.#member.stop();
  }

  #joined({ payload }: ConsumerGroupJoinEvent): void {
    const { topic, assigned, revoked } = this.options;
    const partitions = payload.memberAssignment[topic] ?? [];
    this.#member.consumer?.pause([{ topic, partitions }]);
    const before = this.#owned;
    this.#owned = new Set(partitions);
    for (const partition of before) if (!this.#owned.has(partition)) revoked(partition);
    for (const partition of this.#owned)
      if (!before.has(partition)) assigned(partition, () => this.#confirmed());
    this.#confirm();
  }

  #confirmed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #confirm(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
