import { setTimeout as sleep } from 'node:timers/promises';
import { answerWith, type ReceivedDelivery, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { inDatabase } from './commands.fixture.js';
import { type Client, eventually, locationOf, useSharedSystem } from './system.fixture.js';

/** Dispatchers look at the health of endpoints once a minute, and counts of attempts are some seconds late. */
const LOOK_MS = 75_000;
const ATTEMPTS = 22;

const NOTICES = ['webhook-subscription.failing', 'webhook-subscription.recovered'];

describe('the health of an endpoint', () => {
  const { system, client } = useSharedSystem();
  const receivers: WebhookReceiver[] = [];
  afterAll(() => Promise.all(receivers.map((receiver) => receiver.close())));

  async function receive(status: number): Promise<WebhookReceiver> {
    const receiver = await WebhookReceiver.start();
    receiver.script = () => answerWith(status);
    receivers.push(receiver);
    return receiver;
  }

  async function subscribed(by: Client, { url: callbackUrl }: WebhookReceiver, eventTypes: string[]) {
    const retry = { maxAttempts: ATTEMPTS, initialDelayMs: 20, maxDelayMs: 50, timeoutMs: 5_000 };
    return locationOf(await by.subscribe({ callbackUrl, eventTypes, retry, onExhausted: 'skip' }));
  }

  const noticesAt = ({ deliveries }: WebhookReceiver) =>
    deliveries.map(({ event: { eventType, data } }: ReceivedDelivery) => [eventType, data.subscriptionId]);
  const healthOf = async (path: string) => (await client.get(path)).body.health;

  it('is told to its owner, once, and so is its recovery; to nobody else, and nobody is told of notices', async () => {
    const stranger = await system.client();
    const [shop, owner, strangers, broken] = await Promise.all([500, 204, 204, 500].map(receive));
    if (!shop || !owner || !strangers || !broken) throw new Error('a receiver is missing');
    const path = await subscribed(client, shop, ['order.created']);
    const subscriptionId = path.split('/').at(-1);
    await subscribed(client, owner, NOTICES);
    await subscribed(client, broken, NOTICES);
    await subscribed(stranger, strangers, NOTICES);
    await client.createOrder();
    await eventually(() => expect(shop.deliveries).toHaveLength(ATTEMPTS));

    const failing = ['webhook-subscription.failing', subscriptionId];
    await eventually(() => expect(noticesAt(owner)).toEqual([failing]));
    expect(owner.deliveries[0]?.event.data).toEqual({
      subscriptionId,
      warning: 'success-rate',
      attempts: ATTEMPTS,
      failed: ATTEMPTS,
      since: expect.any(String),
      lastError: expect.stringContaining('500'),
    });
    await eventually(async () =>
      expect(await healthOf(path)).toEqual({ warning: 'success-rate', since: expect.any(String) }),
    );
    await eventually(() => expect(broken.deliveries).toHaveLength(ATTEMPTS));
    // Here it could be told a second time, or the broken receiver of notices could be told of.
    await sleep(LOOK_MS);
    expect(noticesAt(owner)).toEqual([failing]);

    // As if that were half an hour ago.
    const sql = `update webhook_tally set started_at = started_at - interval '30 minutes'
      where subscription_id = '${subscriptionId}'`;
    await inDatabase(system.databaseUrl, sql);
    shop.script = () => answerWith(204);
    await client.createOrder();
    const recovered = ['webhook-subscription.recovered', subscriptionId];
    await eventually(() => expect(noticesAt(owner)).toEqual([failing, recovered]));
    await eventually(async () => expect(await healthOf(path)).toBeUndefined());
    expect(noticesAt(strangers)).toEqual([]);
  }, 600_000);
});
