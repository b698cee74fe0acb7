import type { CursorClaim, CursorState, ParkedDelivery } from '#libs/dispatching';
import { newId } from '#libs/kernel';
import { makeDatabase, type TestDatabase } from '#libs/testing/servers';
import { DEFAULT_RETRY_POLICY, type Subscription } from '#libs/webhooks';
import { makePrisma } from '../database/prisma.service.js';
import type { PrismaClient } from '../generated/client.js';
import { ParkedDeliveryRepository } from './parked-delivery.repository.js';
import { WebhookCursorRepository } from './webhook-cursor.repository.js';
import { WebhookSubscriptionRepository } from './webhook-subscription.repository.js';

const someSubscription = (overrides: Partial<Subscription> = {}): Subscription => ({
  subscriptionId: newId(),
  tenant: 'acme',
  callbackUrl: 'https://example.com/hook',
  eventTypes: ['order.*'],
  secrets: [`whsec_${Buffer.alloc(32).toString('base64')}`],
  status: 'active',
  retry: DEFAULT_RETRY_POLICY,
  startFrom: 'now',
  ...overrides,
});

describe('webhooks in Postgres', () => {
  let database: TestDatabase;
  let prisma: PrismaClient;
  let subscriptions: WebhookSubscriptionRepository;
  let cursors: WebhookCursorRepository;
  let parked: ParkedDeliveryRepository;

  beforeAll(async () => {
    database = await makeDatabase();
    prisma = makePrisma({ url: database.url, poolSize: 5, timeoutMs: 5_000 });
    subscriptions = new WebhookSubscriptionRepository(prisma as never);
    cursors = new WebhookCursorRepository(prisma as never);
    parked = new ParkedDeliveryRepository(prisma as never);
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });
  beforeEach(async () => {
    await prisma.$executeRaw`truncate webhook_subscription cascade`;
  });

  const claimOf = (partition = 0): CursorClaim => ({ owner: newId(), topic: 'orders', partition });

  describe('subscriptions', () => {
    it('are stored whole, with where they begin', async () => {
      const subscription = someSubscription();
      const positions = [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 70 + partition }));
      const stored = await subscriptions.create(subscription, positions);
      expect(stored).toMatchObject(subscription);
      expect(await subscriptions.findOne('acme', subscription.subscriptionId)).toEqual(stored);
      const { subscriptionId } = subscription;
      const claimed = await cursors.claim(claimOf(1), [subscriptionId]);
      expect(claimed.get(subscriptionId)?.state.watermark).toBe(71);
    });

    it('are seen by their tenant only, and not once deleted', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), []);
      expect(await subscriptions.findOne('other', subscriptionId)).toBeUndefined();
      expect(await subscriptions.delete('other', subscriptionId)).toBe(false);
      expect(await subscriptions.delete('acme', subscriptionId)).toBe(true);
      expect(await subscriptions.delete('acme', subscriptionId)).toBe(false);
      expect(await subscriptions.findOne('acme', subscriptionId)).toBeUndefined();
      expect(await subscriptions.findPage('acme', 10, undefined)).toEqual([]);
    });

    it('are paged newest first, without a gap or a repeat where times are equal', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 7; index++)
        ids.push((await subscriptions.create(someSubscription(), [])).subscriptionId);
      await prisma.$executeRaw`update webhook_subscription set created_at = '2026-01-01T00:00:00.123Z'`;
      const seen: string[] = [];
      for (let after: { createdAt: string; subscriptionId: string } | undefined; ; ) {
        const page = await subscriptions.findPage('acme', 3, after);
        seen.push(...page.map(({ subscriptionId }) => subscriptionId));
        after = page.at(-1);
        if (!after) break;
      }
      expect(seen).toEqual(ids.toSorted().toReversed());
    });

    it("tell dispatchers of every tenant's active ones, with a revision that changes", async () => {
      const one = await subscriptions.create(someSubscription(), []);
      const two = await subscriptions.create(someSubscription({ tenant: 'other' }), []);
      const paused = await subscriptions.create(someSubscription({ status: 'paused' }), []);
      const ids = [one, two, paused].map(({ subscriptionId }) => subscriptionId);
      expect(await subscriptions.activeRevisions()).toEqual(
        new Map([one, two].map(({ subscriptionId, revision }) => [subscriptionId, revision])),
      );
      expect((await subscriptions.findActive(ids)).length).toBe(2);
      await subscriptions.delete('acme', one.subscriptionId);
      expect([...(await subscriptions.activeRevisions()).keys()]).toEqual([two.subscriptionId]);
      const row = await prisma.webhookSubscription.findUnique({ where: { id: one.subscriptionId } });
      expect(Number(row?.revision)).toBeGreaterThan(paused.revision);
    });
  });

  describe('cursors', () => {
    const moved: CursorState = {
      watermark: 2 ** 40,
      finished: [
        { from: 2 ** 40 + 1, to: 2 ** 40 + 5 },
        { from: 2 ** 40 + 9, to: 2 ** 40 + 10 },
      ],
      previousEventId: newId(),
    };

    it('come back as they were saved, many at once', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 3; index++)
        ids.push((await subscriptions.create(someSubscription(), [])).subscriptionId);
      const claim = claimOf();
      await cursors.claim(claim, ids);
      const states = new Map(
        ids.map((id, index) => [id, index === 1 ? { ...moved, finished: [], previousEventId: null } : moved]),
      );
      expect(await cursors.save(claim, states)).toEqual([]);
      const claimed = await cursors.claim(claim, ids);
      expect(new Map([...claimed].map(([id, { state }]) => [id, state]))).toEqual(states);
    });

    it('begin at 0 in a partition that is younger than the subscription', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), [
        { topic: 'orders', partition: 0, offset: 9 },
      ]);
      const claimed = await cursors.claim(claimOf(5), [subscriptionId]);
      expect(claimed.get(subscriptionId)).toEqual({
        state: { watermark: 0, finished: [], previousEventId: null },
        hasParked: false,
      });
    });

    it('are moved only by who claimed them last', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), []);
      const [former, latter] = [claimOf(), claimOf()];
      await cursors.claim(former, [subscriptionId]);
      await cursors.claim(latter, [subscriptionId]);
      const states = new Map([[subscriptionId, moved]]);
      expect(await cursors.save(former, states)).toEqual([subscriptionId]);
      expect(await cursors.save(latter, states)).toEqual([]);
    });

    it('never go back', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), []);
      const claim = claimOf();
      await cursors.claim(claim, [subscriptionId]);
      await cursors.save(claim, new Map([[subscriptionId, moved]]));
      const late = new Map([[subscriptionId, { ...moved, watermark: 1 }]]);
      expect(await cursors.save(claim, late)).toEqual([subscriptionId]);
    });

    it('cannot be claimed of a subscription that is not active', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), []);
      await subscriptions.delete('acme', subscriptionId);
      expect(await cursors.claim(claimOf(), [subscriptionId, newId()])).toEqual(new Map());
    });
  });

  describe('parked deliveries', () => {
    const someParked = (
      offset: number,
      lane: string,
      overrides: Partial<ParkedDelivery> = {},
    ): ParkedDelivery => ({
      lane,
      position: { topic: 'orders', partition: 0, offset },
      eventId: newId(),
      eventType: 'order.confirmed',
      attempts: 0,
      lastError: null,
      ...overrides,
    });

    it('are kept once, and found by lane', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), []);
      const claim = claimOf();
      await cursors.claim(claim, [subscriptionId]);
      const rows = [
        someParked(3, 'a', { attempts: 20, lastError: 'status 500' }),
        someParked(5, 'a'),
        someParked(6, 'b'),
      ];
      expect(await parked.park(claim, subscriptionId, rows)).toBe(true);
      expect(await parked.park(claim, subscriptionId, rows)).toBe(true);
      expect(await prisma.parkedDelivery.count()).toBe(3);
      expect(await prisma.parkedDelivery.findFirst({ where: { offset: 3n } })).toMatchObject({
        lane: 'a',
        attempts: 20,
        lastError: 'status 500',
      });
      expect(await parked.firstOffsets(claim, subscriptionId, ['a', 'b', 'c'])).toEqual(
        new Map([
          ['a', 3],
          ['b', 6],
        ]),
      );
      expect(await parked.firstOffsets(claimOf(1), subscriptionId, ['a'])).toEqual(new Map());
      const claimed = await cursors.claim(claimOf(), [subscriptionId]);
      expect(claimed.get(subscriptionId)?.hasParked).toBe(true);
    });

    it('are not written by who has lost the cursor', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), []);
      const former = claimOf();
      await cursors.claim(former, [subscriptionId]);
      await cursors.claim(claimOf(), [subscriptionId]);
      expect(await parked.park(former, subscriptionId, [someParked(1, 'a')])).toBe(false);
      expect(await prisma.parkedDelivery.count()).toBe(0);
    });

    it('are complete for a claim that comes while they are being written', async () => {
      const { subscriptionId } = await subscriptions.create(someSubscription(), []);
      const former = claimOf();
      await cursors.claim(former, [subscriptionId]);
      for (let round = 0; round < 20; round++) {
        const rows = Array.from({ length: 50 }, (_, index) => someParked(round * 50 + index, 'a'));
        const next = claimOf();
        const [written, claimed] = await Promise.all([
          parked.park(former, subscriptionId, rows),
          cursors.claim(next, [subscriptionId]),
        ]);
        const seen = await prisma.parkedDelivery.count({ where: { subscriptionId } });
        expect(seen).toBe(written ? 50 : 0);
        if (written) expect(claimed.get(subscriptionId)?.hasParked).toBe(true);
        await prisma.parkedDelivery.deleteMany();
        await cursors.claim(former, [subscriptionId]);
      }
    });
  });
});
