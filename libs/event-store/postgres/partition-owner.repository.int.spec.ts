import { useDatabase } from '#libs/testing';
import { type PartitionOwner, PartitionOwnerRepository } from './partition-owner.repository.js';

const { prisma } = await useDatabase();
const owners = new PartitionOwnerRepository(prisma as never);

describe('partition owners in Postgres', () => {
  beforeEach(() => prisma.$executeRaw`truncate partition_owner`);

  const owner = (claim: number, more: Partial<PartitionOwner> = {}): PartitionOwner => ({
    topic: 'orders',
    partition: 0,
    claim,
    url: `http://10.0.0.${claim}:8080`,
    token: `token-${claim}`,
    ...more,
  });

  it('are none at first', async () => expect(await owners.owners()).toEqual([]));

  it('are returned as announced, one per partition', async () => {
    const announced = [
      owner(1),
      owner(2, { partition: 1, url: 'http://[::1]:1' }),
      owner(3, { topic: 'it\'s, a "topic"', token: '\\x\'"{}' }),
    ];
    for (const each of announced) await owners.announce(each);
    expect(await owners.owners()).toEqual(expect.arrayContaining(announced));
    expect(await owners.owners()).toHaveLength(3);
  });

  it('change with a later claim, and not with an earlier one', async () => {
    await owners.announce(owner(5));
    await owners.announce(owner(4));
    expect(await owners.owners()).toEqual([owner(5)]);
    await owners.announce(owner(6));
    expect(await owners.owners()).toEqual([owner(6)]);
  });

  it('may move with the same claim', async () => {
    await owners.announce(owner(5));
    const moved = owner(5, { url: 'http://elsewhere:1' });
    await owners.announce(moved);
    expect(await owners.owners()).toEqual([moved]);
  });

  it('count further than 2^32', async () => {
    const far = owner(1, { claim: 2 ** 52 });
    await owners.announce(far);
    await owners.announce(owner(2, { claim: 2 ** 52 - 1 }));
    expect(await owners.owners()).toEqual([far]);
  });

  it('are those of the latest claim when many announce at once', async () => {
    const claims = Array.from({ length: 20 }, (_, index) => ((index * 7) % 20) + 1);
    await Promise.all(claims.map((claim) => owners.announce(owner(claim))));
    expect(await owners.owners()).toEqual([owner(20)]);
  });
});
