import { loadSettings, TenantQuotas } from '#libs/platform';
import { until } from '#libs/kernel/testing';
import { useDatabase } from '#libs/testing';
import { DatabaseNotices } from './database-notices.js';
import { NoticeUsageChannel } from './notice-usage-channel.js';
import type { PrismaService } from './prisma.service.js';
import { TenantLimitRepository } from './tenant-limit.repository.js';

const { url, prisma } = await useDatabase(2);

describe('limits that tenants have of their own', () => {
  const running: DatabaseNotices[] = [];
  const notices = (): DatabaseNotices => {
    running.push(new DatabaseNotices({ url, timeoutMs: 5_000 }));
    return running.at(-1) as DatabaseNotices;
  };
  const limits = new TenantLimitRepository(prisma);

  afterEach(async () => {
    for (const each of running.splice(0)) await each.onApplicationShutdown();
  });

  it('are set, changed and taken away one by one', async () => {
    expect(await limits.change('tea', { ordersPerSecond: 200, subscriptions: 50 })).toEqual({
      ordersPerSecond: 200,
      subscriptions: 50,
    });
    await limits.change('tea', { subscriptions: 60, batchSize: 500, storedCarts: 9, eventStreams: 8 });
    await limits.change('coffee', { requestsPerSecond: 1 });
    expect(await limits.of('tea')).toEqual({
      ordersPerSecond: 200,
      subscriptions: 60,
      batchSize: 500,
      storedCarts: 9,
      eventStreams: 8,
    });
    expect([...(await limits.all()).keys()]).toEqual(['coffee', 'tea']);
    await limits.change('coffee', { requestsPerSecond: null });
    await limits.change('nobody', { requestsPerSecond: null });
    expect([...(await limits.all()).keys()]).toEqual(['tea']);
    expect(await limits.of('coffee')).toEqual({});
  });

  it('are known to a running process once they are changed, and the settings hold for the rest', async () => {
    const listening = notices();
    const settings = loadSettings({ RATE_LIMIT_REQUESTS_PER_SECOND: '7', ORDER_BATCH_MAX_SIZE: '10' });
    const quotas = new TenantQuotas(settings, new TenantLimitRepository(prisma, listening));
    listening.onApplicationBootstrap();
    await quotas.onApplicationBootstrap();
    await until(() => listening.isListening);
    const before = quotas.of('milk');
    expect(before).toMatchObject({ requestsPerSecond: 7, batchSize: 10, ordersPerSecond: undefined });
    await limits.change('milk', { batchSize: 3 });
    await until(() => quotas.of('milk').batchSize === 3);
    expect(quotas.of('milk')).toEqual({ ...before, batchSize: 3 });
    const same = quotas.of('milk');
    await limits.change('sugar', { batchSize: 4 });
    await until(() => quotas.of('sugar').batchSize === 4);
    expect(quotas.of('milk')).toBe(same);
    await limits.change('milk', { batchSize: null });
    await until(() => quotas.of('milk') === before);
    quotas.onApplicationShutdown();
  });

  it('are numbers that a limit may have, whatever was written by hand', async () => {
    await prisma.tenantLimit.create({
      data: { tenant: 'hand', ordersPerSecond: 0, requestsPerSecond: -5, batchSize: 2_000_000_000 },
    });
    const own = { ordersPerSecond: 1, requestsPerSecond: 1, batchSize: 1_000 };
    expect([await limits.of('hand'), (await limits.all()).get('hand')]).toEqual([own, own]);
    await prisma.tenantLimit.delete({ where: { tenant: 'hand' } });
  });

  it('are counted over processes, which hear each other and themselves', async () => {
    const heard: string[][] = [[], []];
    const channels = heard.map((messages) => {
      const listening = notices();
      const channel = new NoticeUsageChannel(prisma as unknown as PrismaService, listening);
      channel.listen((message) => messages.push(message));
      listening.onApplicationBootstrap();
      return channel;
    });
    await until(() => running.every(({ isListening }) => isListening));
    const long = 'x'.repeat(7_900);
    await channels[0]?.send(['one', long]);
    await channels[1]?.send(['two']);
    await until(() => heard.every(({ length }) => length === 3));
    for (const messages of heard) expect(messages.toSorted()).toEqual(['one', 'two', long]);
  });
});
