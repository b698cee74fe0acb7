import kafkajs, { type Cluster } from 'kafkajs';
import { stickyAssigner } from './sticky-assigner.js';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

const PARTITIONS = [0, 1, 2, 3].map((partitionId) => ({ partitionId }));
const cluster = { findTopicPartitionMetadata: () => PARTITIONS } as unknown as Cluster;

const member = (memberId: string, userData: string) => ({
  memberId,
  memberMetadata: MemberMetadata.encode({ version: 1, topics: ['orders'], userData: Buffer.from(userData) }),
});

describe('the partition assigner', () => {
  it('keeps partitions where they are', async () => {
    const { assign } = stickyAssigner(() => [])({ cluster, groupId: 'g', logger: undefined as never });
    const members = [member('a', '[1,3]'), member('b', '[]')];
    const assigned = await assign({ members, topics: ['orders'] });
    const shares = assigned.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment['orders']?.toSorted(),
    ]);
    expect(Object.fromEntries(shares)).toEqual({ a: [1, 3], b: [0, 2] });
  });

  it.each(['', 'no JSON', '{"1":2}', '["1",null]', '\u0000\u0001'])(
    'shares out all the same when a member says %j of what it holds',
    async (userData) => {
      const { assign } = stickyAssigner(() => [])({ cluster, groupId: 'g', logger: undefined as never });
      const assigned = await assign({
        members: [member('a', userData), member('b', '[0]')],
        topics: ['orders'],
      });
      const partitions = assigned.flatMap(
        ({ memberAssignment }) => MemberAssignment.decode(memberAssignment)?.assignment['orders'] ?? [],
      );
      expect(partitions.toSorted()).toEqual([0, 1, 2, 3]);
    },
  );
});
