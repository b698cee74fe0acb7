import { type ClaimedPartition, laneOf } from '../testing/conformance/store-under-test.js';
import { newId } from '#libs/kernel';
import type { DeadLetter } from '#libs/webhooks';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { DeadLetterOutbox } from './dead-letter-outbox.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';

describe('dead letters in the outbox', () => {
  let store: WebhookStore;
  let partition: ClaimedPartition;
  let subscription: string;
  let told: { tenant: string; deadLetter: DeadLetter }[];
  let unannounced: DeadLetterOutbox;

  beforeAll(async () => {
    store = await WebhookStore.open();
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    partition = await store.partition(0);
    subscription = await store.subscribe();
    told = [];
    unannounced = new DeadLetterOutbox(store.prisma);
  });
  const tell = async (tenant: string, deadLetter: DeadLetter) => {
    told.push({ tenant, deadLetter });
  };

  it('are announced once each time a delivery becomes one', async () => {
    const [front] = await die(partition, subscription, 'a', [5, 6]);
    await unannounced.announce(tell);
    await unannounced.announce(tell);
    expect(told).toEqual([
      {
        tenant: 'acme',
        deadLetter: {
          subscriptionId: subscription,
          feedId: subscription,
          replayId: null,
          eventId: front!.eventId,
          eventType: 'order.confirmed',
          position: 'orders/0@5',
          parkedAt: expect.stringMatching(/Z$/),
          attempts: 20,
          lastError: 'status 500',
        },
      },
    ]);
    await new DeadLetterRepository(store.prisma).release(subscription, 'redrive', {
      from: undefined,
      to: undefined,
    });
    await partition.save({ lanes: [laneOf(subscription, 'a', 5, { attempts: 1, retryAt: 5 })] });
    await unannounced.announce(tell);
    expect(told).toHaveLength(1);
    await partition.save({ lanes: [laneOf(subscription, 'a', 5, { attempts: 20 })] });
    await unannounced.announce(tell);
    expect(told).toHaveLength(2);
    // The new time makes it a different dead letter.
    expect(told[1]?.deadLetter.eventId).toBe(told[0]?.deadLetter.eventId);
    expect(told[1]?.deadLetter.parkedAt).not.toBe(told[0]?.deadLetter.parkedAt);
  });

  it('wait for the next run after a failure, without delaying those of other subscriptions', async () => {
    const other = await store.subscribe();
    for (let index = 0; index < 60; index++) await die(partition, subscription, `l${index}`, [index]);
    for (let index = 60; index < 130; index++) await die(partition, other, `l${index}`, [index]);
    const offsets = () => told.map(({ deadLetter }) => Number(deadLetter.position.split('@')[1]));
    const but = (offset: number) => async (tenant: string, deadLetter: DeadLetter) => {
      if (deadLetter.position === `orders/0@${offset}`) throw new Error('not this one');
      await tell(tenant, deadLetter);
    };
    await expect(unannounced.announce(but(3))).rejects.toThrow('not this one');
    expect(offsets().slice(0, 3)).toEqual([0, 1, 2]);
    expect(offsets().slice(3)).toEqual(Array.from({ length: 70 }, (_, index) => index + 60));
    told = [];
    await unannounced.announce(tell);
    expect(offsets()).toEqual(Array.from({ length: 57 }, (_, index) => index + 3));
  });

  it('are announced by one process at a time, and not at all for a deleted subscription', async () => {
    await die(partition, subscription, 'a', [1]);
    await die(partition, newId(), 'deleted', [2]);
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slowly = async (...given: Parameters<typeof tell>) => {
      await waiting;
      await tell(...given);
    };
    const first = unannounced.announce(slowly);
    await new DeadLetterOutbox(store.prisma).announce(tell);
    release();
    await first;
    expect(told).toHaveLength(1);
    expect(await store.prisma.webhookLane.count({ where: { announced: true } })).toBe(2);
  });
});
