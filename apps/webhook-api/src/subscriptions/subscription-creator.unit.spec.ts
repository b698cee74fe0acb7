import { LogUnavailableError } from '#libs/event-store';
import type { Position } from '#libs/kernel';
import { loadSettings } from '#libs/platform';
import { isWebhookSecret, type Subscription } from '#libs/webhooks';
import { SubscriptionCreator } from './subscription-creator.js';
import { createSubscriptionSchema } from './webhook-subscription.schemas.js';

const ENDS: Position[] = [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 40 + partition }));

function setUp(allowPrivateTargets: boolean) {
  const created: { subscription: Subscription; cursors: readonly Position[] }[] = [];
  const log = { endOffsets: async () => ENDS };
  const repository = {
    create: async (subscription: Subscription, cursors: readonly Position[]) => {
      created.push({ subscription, cursors });
      return subscription;
    },
  };
  const settings = loadSettings({ WEBHOOK_ALLOW_PRIVATE_TARGETS: String(allowPrivateTargets) });
  const creator = new SubscriptionCreator(log as never, repository as never, settings);
  const create = (body: object) => {
    const whole = { callbackUrl: 'https://example.com/', eventTypes: ['*'], ...body };
    return creator.create('acme', createSubscriptionSchema.parse(whole));
  };
  return { create, created, log };
}

describe('subscription creator', () => {
  it('begins now at the end of every partition, and else at the beginning', async () => {
    const { create, created } = setUp(false);
    await create({});
    await create({ startFrom: 'beginning' });
    expect(created.map(({ cursors }) => cursors)).toEqual([ENDS, ENDS.map((end) => ({ ...end, offset: 0 }))]);
    expect(created[0]?.subscription).toMatchObject({ tenant: 'acme', status: 'active', startFrom: 'now' });
  });

  it('makes a secret where none is given', async () => {
    const { create, created } = setUp(false);
    const given = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    await create({ secret: given });
    await create({});
    await create({});
    const secrets = created.map(({ subscription }) => subscription.secrets[0]!);
    expect(secrets[0]).toBe(given);
    expect(secrets.every(isWebhookSecret)).toBe(true);
    expect(new Set(secrets).size).toBe(3);
  });

  it('asks for each event type once', async () => {
    const { create, created } = setUp(false);
    await create({ eventTypes: ['order.*', 'order.*', '*'] });
    await create({ eventTypes: undefined, eventType: 'order.created' });
    expect(created.map(({ subscription }) => subscription.eventTypes)).toEqual([
      ['order.*', '*'],
      ['order.created'],
    ]);
  });

  it.each(['http://example.com/', 'https://127.0.0.1/', 'https://10.0.0.1/', 'https://localhost/'])(
    'refuses %s, unless private targets are allowed',
    async (callbackUrl) => {
      const strict = setUp(false);
      const refusal = { code: 'invalid-request', errors: [{ pointer: '/callbackUrl' }] };
      await expect(strict.create({ callbackUrl })).rejects.toMatchObject(refusal);
      expect(strict.created).toEqual([]);
      await expect(setUp(true).create({ callbackUrl })).resolves.toMatchObject({ callbackUrl });
    },
  );

  it('makes no subscription while it cannot be told where it would begin', async () => {
    const { create, created, log } = setUp(false);
    log.endOffsets = () => Promise.reject(new LogUnavailableError('no broker'));
    await expect(create({})).rejects.toMatchObject({ code: 'unavailable' });
    expect(created).toEqual([]);
  });
});
