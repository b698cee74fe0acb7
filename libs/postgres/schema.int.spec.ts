import { useDatabase } from '#libs/testing';
import { type Prisma as Models, Prisma } from './generated/client.js';
import { isDatabaseOutage } from './database-outage.js';
import { migrate } from './migrate.js';
import { makePrisma } from './prisma.service.js';

const { url, prisma } = await useDatabase(2);

describe('the database schema', () => {
  it.each(Object.values(Prisma.ModelName))('has what the model %s says', async (model: Models.ModelName) => {
    const name = (model.charAt(0).toLowerCase() + model.slice(1)) as 'order';
    expect(await prisma[name].findMany({ take: 1 })).toEqual([]);
  });

  it('is migrated once, also by several at a time', async () => {
    const again = await Promise.all([1, 2, 3].map(() => migrate(url, 'prisma/migrations')));
    expect(again).toEqual([[], [], []]);
  });

  it('notices a migration that was changed after it was applied', async () => {
    await prisma.$executeRaw`update _prisma_migrations set checksum = 'another'`;
    await expect(migrate(url, 'prisma/migrations')).rejects.toThrow(/has changed since it was applied/);
  });

  it('tells an outage from a fault', async () => {
    const nobody = makePrisma({ url: 'postgresql://127.0.0.1:1/none', poolSize: 1, timeoutMs: 500 });
    const outage = await nobody.order.findMany().catch((error: unknown) => error);
    expect(isDatabaseOutage(outage)).toBe(true);
    const fault = await prisma.$queryRaw`select * from nothing_here`.catch((error: unknown) => error);
    expect(isDatabaseOutage(fault)).toBe(false);
  });
});
