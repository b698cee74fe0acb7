import { useDatabase } from '#libs/testing';
import { type Prisma as Models, Prisma } from './generated/client.js';
import { isDatabaseOutage } from './database-outage.js';
import { migrate, missingMigrations } from './migrate.js';
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

  it('is not deployed over by a version that does not know all of its migrations, and lets apps run', async () => {
    await prisma.$executeRaw`
      insert into _prisma_migrations (id, checksum, migration_name, finished_at)
      values ('later', 'x', '20990101000000_later', now())`;
    await expect(migrate(url, 'prisma/migrations')).rejects.toThrow(/newer version .*20990101000000_later/);
    expect(await missingMigrations(prisma.pool)).toEqual([]);
    await prisma.$executeRaw`delete from _prisma_migrations where id = 'later'`;
  });

  it('tells which migrations it lacks', async () => {
    await prisma.$executeRaw`update _prisma_migrations set finished_at = null where migration_name like '%_stock'`;
    expect(await missingMigrations(prisma.pool)).toEqual(['20261121100000_stock']);
    await prisma.$executeRaw`update _prisma_migrations set finished_at = now()`;
    await prisma.$executeRaw`alter table _prisma_migrations rename to elsewhere`;
    expect(await missingMigrations(prisma.pool)).toContain('20261121000000_first_light');
    await prisma.$executeRaw`alter table elsewhere rename to _prisma_migrations`;
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
