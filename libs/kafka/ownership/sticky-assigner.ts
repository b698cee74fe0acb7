import kafkajs, { type PartitionAssigner } from 'kafkajs';
import type { TopicPartition } from '#libs/kernel';
import { balance } from './balance.js';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const NAME = 'orderstream-sticky';
const VERSION = 1;

/**
 * Keeps partitions where they are as far as an even distribution of each topic allows. Each member reports what it owns; the
 * assigners of kafkajs redistribute everything. Members may differ in their topics, as where one has just been stopped or
 * versions differ.
 * @param owned the partitions that this process owns now
 */
export const stickyAssigner =
  (owned: () => readonly TopicPartition[]): PartitionAssigner =>
  ({ cluster }) => {
    /**
     * The metadata at hand is of this member's topics only. None of a missing topic; any other failure must not take the
     * topic from everybody.
     */
    const partitionsOf = async (topic: string): Promise<readonly number[]> => {
      if (cluster.findTopicPartitionMetadata(topic).length === 0)
        await cluster.addMultipleTargetTopics([topic]).catch((error: unknown) => {
          if ((error as { type?: string }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
        });
      return cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    };
    return {
      name: NAME,
      version: VERSION,
      protocol: ({ topics }) => ({
        name: NAME,
        metadata: MemberMetadata.encode({
          version: VERSION,
          topics,
          userData: Buffer.from(JSON.stringify(byTopic(owned()))),
        }),
      }),
      assign: async ({ members }) => {
        const subscribers = members.map(({ memberId, memberMetadata }) => {
          const { topics = [], userData } = MemberMetadata.decode(memberMetadata) ?? {};
          return { memberId, topics, report: reportIn(userData) };
        });
        const shares = new Map<string, Record<string, number[]>>(
          members.map(({ memberId }) => [memberId, {}]),
        );
        for (const topic of new Set(subscribers.flatMap(({ topics }) => topics))) {
          const holders = subscribers
            .filter(({ topics }) => topics.includes(topic))
            .map(({ memberId, report }) => ({ memberId, owned: ownedIn(report, topic) }));
          for (const [memberId, share] of balance(await partitionsOf(topic), holders))
            shares.set(memberId, { ...shares.get(memberId), [topic]: share });
        }
        return [...shares].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: VERSION,
            assignment,
            userData: Buffer.alloc(0),
          }),
        }));
      },
    };
  };

function byTopic(owned: readonly TopicPartition[]): Record<string, number[]> {
  const report: Record<string, number[]> = {};
  for (const { topic, partition } of owned) (report[topic] ??= []).push(partition);
  return report;
}

/** Reads another member's report. An unreadable one counts as empty, so it cannot block the assignment. */
function reportIn(userData: Buffer | undefined): unknown {
  try {
    return JSON.parse(userData?.toString() ?? '');
  } catch {
    return undefined;
  }
}

/** Members of older versions have one topic, and report only its partitions. */
function ownedIn(report: unknown, topic: string): number[] {
  const owned = Array.isArray(report)
    ? report
    : (report as Record<string, unknown> | null | undefined)?.[topic];
  return Array.isArray(owned)
    ? owned.filter((partition): partition is number => Number.isInteger(partition))
    : [];
}
