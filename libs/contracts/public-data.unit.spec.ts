import { EVENT_CONTRACTS } from './generated/catalogue.js';
import { publicData } from './public-data.js';

describe('the public data of an event', () => {
  it.each(['webhook-subscription.created', 'webhook-subscription.updated'])(
    'has nothing sealed: %s',
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
    'has no query of the callback URL, not even of old events that hold it in plain text: %s',
    (type) => {
      for (const rest of ['', '?token=t', '#token', '?token=t#\n?'])
        expect(publicData({ type, data: { callbackUrl: `https://example.com/a${rest}` } })).toEqual({
          callbackUrl: 'https://example.com/a',
        });
      expect(publicData({ type, data: { callbackQuery: 'sealed' } })).toEqual({});
    },
  );

  it('is all the data of other events, except nulls', () => {
    const data = { headers: { secrets: 1 }, secrets: 2, reason: null };
    expect(publicData({ type: 'order.created', data })).toEqual({ headers: { secrets: 1 }, secrets: 2 });
    expect(publicData({ type: 'order.vanished', data })).toEqual({ headers: { secrets: 1 }, secrets: 2 });
  });

  it('leaves out every field whose name suggests a secret', () => {
    for (const { schema } of EVENT_CONTRACTS) {
      const suspects = schema.fields.filter(({ name }) => /secret|headers|sealed/i.test(name));
      expect(suspects.every(({ sealed }) => sealed)).toBe(true);
    }
  });
});
