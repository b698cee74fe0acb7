import type { Kafka } from 'kafkajs';
import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { GroupMember, type GroupMemberOptions } from '../consumer/group-member.js';
import { withAdmin } from '../topics.js';
import { stickyAssigner } from './sticky-assigner.js';

export interface PartitionOwnershipOptions extends Pick<GroupMemberOptions, 'topics'> {
  readonly kafka: Kafka;
  readonly groupId: string;
  /** Groups in which processes of older versions distribute the same partitions. */
  readonly formerGroupIds: readonly string[];
  /** The partition may be claimed. `confirmed` resolves at the next heartbeat that the group accepts. */
  readonly assigned: (at: TopicPartition, confirmed: () => Promise<void>) => void;
  readonly revoked: (at: TopicPartition) => void;
}

/**
 * Distributes the partitions of some topics among the processes of a consumer group. An assignment may be outdated at any
 * moment; only a claim makes an owner.
 */
export class PartitionOwnership {
  readonly #member: GroupMember;
  #owned: ReadonlyMap<string, TopicPartition> = new Map();
  #waiting: (() => void)[] = [];
  #haveFormersLeft: boolean;

  constructor(private readonly options: PartitionOwnershipOptions) {
    const { kafka, groupId, formerGroupIds, topics } = options;
    this.#haveFormersLeft = formerGroupIds.length === 0;
    this.#member = new GroupMember({
      kafka,
      consumer: {
        groupId,
        // Members learn of a rebalance through heartbeats, so these bound a partition's downtime.
        heartbeatInterval: 250,
        maxWaitTimeInMs: 125,
        partitionAssigners: [stickyAssigner(() => [...this.#owned.values()])],
      },
      topics: async (isNews) => ((await this.#isFree()) ? topics(isNews) : []),
      joined: (assigned) => this.#joined(assigned),
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

  /** Members of two groups would take the same partitions from each other, again and again. So the older ones go first. */
  async #isFree(): Promise<boolean> {
    if (this.#haveFormersLeft) return true;
    const { kafka, formerGroupIds } = this.options;
    const { groups } = await withAdmin(kafka.admin(), (admin) => admin.describeGroups([...formerGroupIds]));
    this.#haveFormersLeft = groups.every(({ members }) => members.length === 0);
    return this.#haveFormersLeft;
  }

  #joined(partitions: readonly TopicPartition[]): void {
    const { assigned, revoked } = this.options;
    const before = this.#owned;
    this.#owned = new Map(partitions.map((at) => [topicPartitionKey(at), at]));
    for (const [key, at] of before) if (!this.#owned.has(key)) revoked(at);
    for (const [key, at] of this.#owned) if (!before.has(key)) assigned(at, () => this.#confirmed());
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
