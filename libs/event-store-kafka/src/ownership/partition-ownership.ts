import type { ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import { GroupMember } from '../consumer/group-member.js';
import { stickyAssigner } from './sticky-assigner.js';

export interface PartitionOwnershipOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  /** The partition may be claimed. `confirmed` resolves once the group has counted this process in again. */
  readonly assigned: (partition: number, confirmed: () => Promise<void>) => void;
  readonly revoked: (partition: number) => void;
}

/**
 * Shares the partitions of a topic out among the processes of a group. It reads nothing: all partitions are paused, and
 * the membership is all that is used. What it says may be out of date at any moment; only a claim makes an owner.
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
        // Members learn of a change by their heartbeats, so these set how long a partition stands still.
        heartbeatInterval: 100,
        maxWaitTimeInMs: 50,
        partitionAssigners: [stickyAssigner(() => [...this.#owned])],
      },
      run: { autoCommit: false, eachBatch: async () => undefined },
      topics: async () => [topic],
      joined: (event) => this.#joined(event),
      heartbeat: () => this.#confirm(),
    });
  }

  /** Why this process is not a member, if so. */
  get fault(): string | undefined {
    return this.#member.fault;
  }

  start(): Promise<void> {
    return this.#member.start();
  }

  /** Leaves the group: the others share out what this process had. Release it before. */
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
