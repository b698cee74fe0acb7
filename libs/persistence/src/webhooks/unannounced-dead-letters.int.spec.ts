import { type ClaimedPartition, laneOf } from '#libs/dispatching/conformance/jest';
import { newId } from '#libs/kernel';
import type { DeadLetter } from '#libs/webhooks';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { UnannouncedDeadLetters } from './unannounced-dead-letters.js';
import { die, WebhookStore } from './webhook-store.fixture.js';

describe('dead letters that nobody was told of', () => {
  let store: WebhookStore;
  let partition: ClaimedPartition;
  let subscription: string;
  let told: { tenant: string; deadLetter: DeadLetter; parkedAt: string }[];
  let unannounced: UnannouncedDeadLetters;

  beforeAll(async () => {
    store = await WebhookStore.open();
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    partition = await store.partition(0);
    subscription = await store.subscribe();
    told = [];
    unannounced = new UnannouncedDeadLetters(store.prisma);
  });
  const tell = async (tenant: string, deadLetter: DeadLetter, parkedAt: string) => {
    told.push({ tenant, deadLetter, parkedAt });
  };

  it('are told of once, each time that they become such', async () => {
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
          attempts: 20,
          lastError: 'status 500',
        },
        parkedAt: expect.any(String),
      },
    ]);
    await new DeadLetterRepository(store.prisma).release(subscription, 'redrive', {
      from: undefined,
      to: undefined,
    });
    await partition.save({ lanes: [laneOf(subscription, 'a', { attempts: 1, retryAt: 5 })] });
    await unannounced.announce(tell);
    expect(told).toHaveLength(1);
    await partition.save({ lanes: [laneOf(subscription, 'a', { attempts: 20 })] });
    await unannounced.announce(tell);
    expect(told).toHaveLength(2);
  });

  it('are left for the next time where that fails, and do not hold up others', async () => {
    for (let index = 0; index < 130; index++) await die(partition, subscription, `l${index}`, [index]);
    const but = (lane: string) => async (tenant: string, deadLetter: DeadLetter, parkedAt: string) => {
      if (deadLetter.position === `orders/0@${lane}`) throw new Error('not this one');
      await tell(tenant, deadLetter, parkedAt);
    };
    await expect(unannounced.announce(but('3'))).rejects.toThrow('not this one');
    expect(told).toHaveLength(129);
    await unannounced.announce(tell);
    expect(new Set(told.map(({ deadLetter }) => deadLetter.position)).size).toBe(130);
    expect(told).toHaveLength(130);
  });

  it('are told of by one process at a time, and by none when nobody is left', async () => {
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
    await new UnannouncedDeadLetters(store.prisma).announce(tell);
    release();
    await first;
    expect(told).toHaveLength(1);
    expect(await store.prisma.webhookLane.count({ where: { announced: true } })).toBe(2);
  });
});
