import { EVENT_CONTRACTS } from './generated/catalogue.js';
import { publicData } from './public-data.js';

describe('what anybody is shown of an event', () => {
  it.each(['webhook-subscription.created', 'webhook-subscription.updated'])(
    'of %s has nothing sealed',
    (type) => {
      const data = {
        subscriptionId: 'id',
        secrets: [{ sealed: 'x', expiresAt: null }],
        headers: 'y',
        filter: null,
      };
      expect(publicData({ type, data })).toEqual({ subscriptionId: 'id' });
    },
  );

  it.each(['webhook-subscription.created', 'webhook-subscription.updated'])(
    'of %s has no query of the callback URL, not even of old ones, which have it in clear',
    (type) => {
      for (const rest of ['', '?token=t', '#token', '?token=t#\n?'])
        expect(publicData({ type, data: { callbackUrl: `https://example.com/a${rest}` } })).toEqual({
          callbackUrl: 'https://example.com/a',
        });
      expect(publicData({ type, data: { callbackQuery: 'sealed' } })).toEqual({});
    },
  );

  it('of other events is all of it, but for nulls', () => {
    const data = { headers: { secrets: 1 }, secrets: 2, reason: null };
    expect(publicData({ type: 'order.created', data })).toEqual({ headers: { secrets: 1 }, secrets: 2 });
    expect(publicData({ type: 'order.vanished', data })).toEqual({ headers: { secrets: 1 }, secrets: 2 });
  });

  it('leaves out every field of a schema that is called after a secret', () => {
    for (const { schema } of EVENT_CONTRACTS) {
      const suspects = schema.fields.filter(({ name }) => /secret|headers|sealed/i.test(name));
      expect(suspects.every(({ sealed }) => sealed)).toBe(true);
    }
  });
});
