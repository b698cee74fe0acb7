import kafkajs, { type PartitionAssigner } from 'kafkajs';
import { balance } from './balance.js';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const NAME = 'orderstream-sticky';
const VERSION = 1;

/**
 * Keeps partitions where they are as far as an even distribution allows. Each member reports what it owns; the assigners
 * of kafkajs redistribute everything.
 * @param owned the partitions that this process owns now
 */
export const stickyAssigner =
  (owned: () => readonly number[]): PartitionAssigner =>
  ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
    assign: async ({ members, topics }) => {
      const holders = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        owned: ownedBy(MemberMetadata.decode(memberMetadata)?.userData),
      }));
      const shares = new Map<string, Record<string, number[]>>();
      for (const topic of topics) {
        const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        for (const [memberId, share] of balance(partitions, holders)) {
          shares.set(memberId, { ...shares.get(memberId), [topic]: share });
        }
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
  });

/** Reads another member's report. An unreadable one counts as empty, so it cannot block the assignment. */
function ownedBy(userData: Buffer | undefined): number[] {
  try {
    const owned: unknown = JSON.parse(userData?.toString() ?? '');
    return Array.isArray(owned)
      ? owned.filter((partition): partition is number => Number.isInteger(partition))
      : [];
  } catch {
    return [];
  }
}
