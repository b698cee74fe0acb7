import { Webhook } from 'standardwebhooks';
import { type ReceivedDelivery, WebhookReceiver } from '#libs/webhook-delivery/testing';
import { preparePython, type SignedDelivery, verifyInPython } from './python.fixture.js';
import { eventually, useSharedSystem } from './system.fixture.js';

const python = await preparePython('standardwebhooks==1.1.0');
if ('missing' in python) console.warn(`Signatures are not verified in Python here: ${python.missing}`);

/** `ok`, or why not, as the Python one says it. */
function verifyInJavaScript({ secret, headers, body }: SignedDelivery): string {
  try {
    new Webhook(secret).verify(body, headers);
    return 'ok';
  } catch (error) {
    return String(error);
  }
}

const as =
  (secret: string) =>
  ({ headers, body }: ReceivedDelivery): SignedDelivery => ({
    secret,
    headers: headers as Record<string, string>,
    body,
  });

describe('signatures', () => {
  const { client } = useSharedSystem({ clientFor: 'test' });
  let receiver: WebhookReceiver;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());

  const subscribed = async (more: object = {}): Promise<{ subscriptionId: string; secret: string }> =>
    (await client.subscribe({ callbackUrl: receiver.url, eventTypes: ['*'], ...more })).body;

  /** Deliveries that JavaScript has verified, for Python to verify too: good ones, and tampered copies. */
  const good: SignedDelivery[] = [];
  const changed: SignedDelivery[] = [];

  function expectVerified(deliveries: readonly SignedDelivery[]): void {
    expect(deliveries.length).toBeGreaterThan(0);
    const others = deliveries.map((delivery) => ({ ...delivery, body: delivery.body.replace('{', '{ ') }));
    expectVerdicts(deliveries.map(verifyInJavaScript), others.map(verifyInJavaScript));
    good.push(...deliveries);
    changed.push(...others);
  }

  function expectVerdicts(ofGood: readonly string[], ofChanged: readonly string[]): void {
    expect(new Set(ofGood)).toEqual(new Set(['ok']));
    for (const refusal of ofChanged) expect(refusal).toContain('No matching signature');
  }

  it.each([
    ['native', {}],
    ['thin', { payload: 'thin' }],
    ['CloudEvents', { format: 'cloudevents' }],
    ['batch', { batch: { maxEvents: 10, maxWaitMs: 100 } }],
    ['CloudEvents batch', { format: 'cloudevents', batch: { maxEvents: 10, maxWaitMs: 100 } }],
  ])('are verified by the package that subscribers use: %s', async (_, options) => {
    const { secret } = await subscribed(options);
    for (const customer of ['Zoë', '茶 🫖', 'line\u2028break "quoted" \\'])
      await client.createOrder(customer);
    await receiver.until((deliveries) => deliveries.length > 0);
    expectVerified(receiver.deliveries.map(as(secret)));
  });

  it('are verified with either secret while one takes over from the other', async () => {
    const { subscriptionId, secret: old } = await subscribed();
    const path = `/v1/webhook-subscriptions/${subscriptionId}/secret/rotate`;
    const rotated = await client.post(path, { overlapSeconds: 600 });
    const { secret } = rotated.body;
    expect(secret).not.toBe(old);
    // The dispatcher hears of it within its poll.
    const both = await eventually(async () => {
      await client.createOrder();
      const found = receiver.deliveries.filter(({ headers }) =>
        String(headers['webhook-signature']).includes(' '),
      );
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    expectVerified([...both.map(as(old)), ...both.map(as(secret))]);
  });

  const inPython = 'executable' in python ? it : it.skip;
  inPython('are verified in Python, all of them', async () => {
    const { executable } = python as { executable: string };
    const verdicts = await verifyInPython(executable, [...good, ...changed]);
    expect(verdicts).toHaveLength(good.length + changed.length);
    expectVerdicts(verdicts.slice(0, good.length), verdicts.slice(good.length));
  });
});
