import { newId } from '#libs/kernel';
import { WebhookStore } from '../testing/webhook-store.fixture.js';
import { SubscriptionBands } from './subscription-bands.js';

const state = { callbackUrl: 'https://example.com/hook', eventTypes: ['order.*'], start: {} };

describe('the bands of subscriptions', () => {
  let store: WebhookStore;
  beforeAll(async () => {
    store = await WebhookStore.open();
  });
  afterAll(async () => store?.close());

  type Attempts = Readonly<Record<number, number>>;
  async function subscription(
    attempts: Attempts,
    { status = 'active', minutesAgo = 0 } = {},
  ): Promise<string> {
    const id = await store.subscribe({ tenant: 'acme', status, state });
    for (const [code, count] of Object.entries(attempts))
      await store.prisma.$executeRaw`insert into webhook_tally values
        (${id}::uuid, 30, now() - make_interval(mins => ${minutesAgo}::int), ${Number(code)}::smallint, ${count}, '{}')`;
    return id;
  }
  const lane = (subscription: string, retryAt: Date | null) => store.prisma.$executeRaw`
    insert into webhook_lane (feed_id, topic, partition, lane, subscription_id, attempts, retry_at, failing_since, parked_at)
    values (${newId()}::uuid, 'orders', 0, 'x', ${subscription}::uuid, 3, ${retryAt}, now(), ${retryAt === null ? new Date() : null})`;

  it('say how many attempts of each succeeded', async () => {
    const bands = new SubscriptionBands(store.prisma);
    expect(await bands.counts()).toEqual({
      all: 0,
      most: 0,
      some: 0,
      none: 0,
      idle: 0,
      paused: 0,
      disabled: 0,
    });
    await subscription({ 200: 10 });
    await subscription({ 200: 98, 204: 1, 500: 1 });
    await subscription({ 200: 1, 0: 5 });
    await subscription({ 500: 3, 0: 1 });
    await subscription({ 500: 3 }, { minutesAgo: 90 });
    await subscription({ 500: 3 }, { status: 'paused' });
    await subscription({ 500: 3 }, { status: 'disabled' });
    // Its next attempt is further away than the tallies go back.
    await lane(await subscription({}), new Date(Date.now() + 7_200_000));
    // A dead letter waits for a person, and says nothing of now.
    await lane(await subscription({}), null);
    expect(await bands.counts()).toEqual({
      all: 1,
      most: 1,
      some: 1,
      none: 2,
      idle: 2,
      paused: 1,
      disabled: 1,
    });
  });
});
