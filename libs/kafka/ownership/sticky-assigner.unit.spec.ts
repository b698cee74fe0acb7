import kafkajs, { type Cluster } from 'kafkajs';
import { stickyAssigner } from './sticky-assigner.js';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

const PARTITIONS = [0, 1, 2, 3].map((partitionId) => ({ partitionId }));
const cluster = { findTopicPartitionMetadata: () => PARTITIONS } as unknown as Cluster;

const member = (memberId: string, userData: string, topics = ['orders']) => ({
  memberId,
  memberMetadata: MemberMetadata.encode({ version: 1, topics, userData: Buffer.from(userData) }),
});

/** The shares of each member, as the leader of the group gives them. */
async function sharesOf(members: ReturnType<typeof member>[], of: Partial<Cluster> = cluster) {
  const assigner = stickyAssigner(() => [])({
    cluster: of as Cluster,
    groupId: 'g',
    logger: undefined as never,
  });
  // The leader subscribes to orders only.
  const assigned = await assigner.assign({ members, topics: ['orders'] });
  const shares = assigned.map(({ memberId, memberAssignment }) => {
    const { assignment = {} } = MemberAssignment.decode(memberAssignment) ?? {};
    return [
      memberId,
      Object.fromEntries(Object.entries(assignment).map(([topic, own]) => [topic, own.toSorted()])),
    ];
  });
  return Object.fromEntries(shares);
}

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

  it('keeps the partitions of each topic', async () => {
    const both = ['orders', 'carts'];
    const reports = ['{"orders":[1,3],"carts":[0,1]}', '{"orders":[0,2],"carts":[2,3]}'];
    const members = reports.map((report, index) => member('ab'.charAt(index), report, both));
    expect(await sharesOf(members)).toEqual({
      a: { orders: [1, 3], carts: [0, 1] },
      b: { orders: [0, 2], carts: [2, 3] },
    });
  });

  it('says what a process owns, so that it keeps it', async () => {
    const owned = [1, 3].map((partition) => ({ topic: 'orders', partition }));
    const assigner = stickyAssigner(() => owned)({ cluster, groupId: 'g', logger: undefined as never });
    const { metadata } = assigner.protocol({ topics: ['orders', 'carts'] });
    expect(await sharesOf([{ memberId: 'b', memberMetadata: metadata }, member('a', '{}')])).toMatchObject({
      b: { orders: [1, 3] },
      a: { orders: [0, 2] },
    });
  });

  it('gives each member partitions of its own topics only, also of those that the leader does not know', async () => {
    const known = new Set(['orders']);
    const unaware: Partial<Cluster> = {
      findTopicPartitionMetadata: (topic) => (known.has(topic) ? (PARTITIONS as never) : []),
      addMultipleTargetTopics: async (topics) => {
        if (topics.includes('gone'))
          throw Object.assign(new Error('no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
        for (const topic of topics) known.add(topic);
      },
    };
    const members = [member('a', '{}'), member('b', '{}', ['orders', 'carts', 'gone'])];
    expect(await sharesOf(members, unaware)).toEqual({
      a: { orders: [0, 2] },
      b: { orders: [1, 3], carts: [0, 1, 2, 3], gone: [] },
    });
  });

  it('takes no topic from everybody when the brokers do not answer', async () => {
    const silent: Partial<Cluster> = {
      findTopicPartitionMetadata: () => [],
      addMultipleTargetTopics: async () => {
        throw new Error('Request timed out');
      },
    };
    await expect(sharesOf([member('a', '{"orders":[0]}')], silent)).rejects.toThrow('timed out');
  });

  it.each(['', 'no JSON', '{"1":2}', 'null', '{"orders":2}', '["1",null]', '\u0000\u0001'])(
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
