import { someCreate, someCreated, SUBSCRIPTION_ID as subscriptionId } from './testing/subscription-events.js';
import {
  active,
  after,
  change,
  disabled,
  given,
  paused,
  updated,
} from './testing/subscription-specification.fixture.js';
import { DEFAULT_RETRY_POLICY } from './retry-policy.js';
import type { SubscriptionCommand } from './subscription-commands.js';
import type { SubscriptionEvent } from './subscription-events.js';

const update = (changes: object, rest: object = {}): SubscriptionCommand => ({
  type: 'update-subscription',
  ...change,
  memory: { bytes: 0, limit: 1_000_000 },
  changes,
  ...rest,
});
const pause: SubscriptionCommand = { type: 'pause-subscription', ...change };
const resume: SubscriptionCommand = { type: 'resume-subscription', ...change };
const disable = {
  type: 'disable-subscription',
  ...change,
  reason: 'gone',
  revision: 1,
} satisfies SubscriptionCommand;
const remove: SubscriptionCommand = { type: 'delete-subscription', ...change };
const test: SubscriptionCommand = { type: 'send-test', subscriptionId };
const NOW = '2026-11-21T12:00:00.000Z';
const rotate = (secret: string, overlapSeconds: number, now = NOW): SubscriptionCommand => ({
  type: 'rotate-secret',
  ...change,
  secret,
  now,
  overlapSeconds,
});

const resumed: SubscriptionEvent = { type: 'webhook-subscription.resumed', data: change };
const deleted: SubscriptionEvent = { type: 'webhook-subscription.deleted', data: change };

describe('a webhook subscription', () => {
  it('is created once, with its start', () => {
    given().when(someCreate()).then(someCreated());
    active.when(someCreate()).thenRefused('subscription-already-exists');
    given(someCreated(), deleted).when(someCreate()).thenRefused('subscription-already-exists');
    expect(after(someCreated())).toMatchObject({
      status: 'active',
      startFrom: 'now',
      rules: [{ from: { 'orders/0': 10 }, eventTypes: ['order.*'], filter: null }],
      revision: 1,
    });
  });

  it('is refused when the tenant has reached its limit', () => {
    given()
      .when(someCreate({ existing: 1 }))
      .thenRefused('subscription-limit-reached');
  });

  it('is refused when the tenant’s subscriptions take too much memory, unless it adds nothing', () => {
    const full = { bytes: 1_000_000, limit: 1_000_000 };
    given()
      .when(someCreate({ memory: full }))
      .thenRefused('subscription-memory-exhausted');
    const filter = { 'data.customer.id': 'c1' };
    const refused = 'subscription-memory-exhausted';
    active.when(update({ filter }, { memory: full })).thenRefused(refused);
    active.when(update({}, { headers: 'sealed', memory: full })).thenRefused(refused);
    // This holds even for an old subscription above the present limit.
    const over = { bytes: 9_000_000, limit: 1_000_000 };
    active
      .when(update({ callbackUrl: 'https://example.com/h' }, { memory: over }))
      .then(updated({ callbackUrl: 'https://example.com/h' }, 'callbackUrl'));
  });

  it.each([update({}), pause, resume, disable, remove, test, rotate('sealed-2', 0)])(
    'is not found before it is created or after it is deleted: %j',
    (command) => {
      given().when(command).thenRefused('subscription-not-found');
      given(someCreated(), deleted).when(command).thenRefused('subscription-not-found');
    },
  );

  it('is paused or disabled only while active, and resumed only while not', () => {
    active.when(pause).then(paused);
    active.when(disable).then(disabled);
    active.when(resume).thenRefused('subscription-active-already');
    given(someCreated(), paused).when(resume).then(resumed);
    given(someCreated(), paused).when(pause).thenRefused('subscription-not-active');
    given(someCreated(), paused).when(disable).thenRefused('subscription-not-active');
    given(someCreated(), disabled).when(resume).then(resumed);
    given(someCreated(), disabled).when(pause).thenRefused('subscription-not-active');
    given(someCreated(), disabled).when(disable).thenRefused('subscription-not-active');
    expect(after(someCreated(), disabled)).toMatchObject({
      status: 'disabled',
      disabledReason: 'gone',
      revision: 2,
    });
    expect(after(someCreated(), disabled, resumed)).toMatchObject({ status: 'active', disabledReason: null });
  });

  it('is deleted from every state', () => {
    active.when(remove).then(deleted);
    given(someCreated(), paused).when(remove).then(deleted);
    given(someCreated(), disabled).when(remove).then(deleted);
  });

  describe('when settings change', () => {
    it('records all settings and the names of the changed ones', () => {
      active
        .when(update({ callbackUrl: 'https://example.com/other', retry: { maxAttempts: 3 } }))
        .then(
          updated(
            { callbackUrl: 'https://example.com/other', retry: { ...DEFAULT_RETRY_POLICY, maxAttempts: 3 } },
            'callbackUrl',
            'retry',
          ),
        );
      active
        .when(update({}, { headers: 'sealed-headers' }))
        .then(updated({ headers: 'sealed-headers' }, 'headers'));
    });

    it('does nothing if they are the same', () => {
      active
        .when(update({ eventTypes: ['order.*'], filter: null, retry: {} }, { headers: null }))
        .thenNothing();
    });

    it('owes by the new rules from the given positions, and by the old ones before', () => {
      const filter = { 'data.customer.id': ['c1', 'c2'] };
      active.when(update({ filter })).then(updated({ filter: JSON.stringify(filter) }, 'filter'));
      const state = after(someCreated(), updated({ filter: JSON.stringify(filter) }, 'filter'));
      expect(state).toMatchObject({ filter, revision: 2 });
      expect(state.rules).toEqual([
        { from: { 'orders/0': 10 }, eventTypes: ['order.*'], filter: null },
        { from: change.positions, eventTypes: ['order.*'], filter },
      ]);
    });

    it('keeps its rules when only the way of delivery changes', () => {
      expect(after(someCreated(), updated({ ordering: 'none' }, 'ordering')).rules).toHaveLength(1);
    });
  });

  describe('when its secret is rotated', () => {
    const later = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1_000).toISOString();
    const [second, first] = [
      { sealed: 'sealed-2', expiresAt: null },
      { sealed: 'sealed-1', expiresAt: later(60) },
    ];

    it('signs with the new secret first, and with old ones during the overlap', () => {
      active.when(rotate('sealed-2', 60)).then(updated({ secrets: [second, first] }, 'secret'));
      active.when(rotate('sealed-2', 0)).then(updated({ secrets: [second] }, 'secret'));
    });

    it('never extends the life of an old secret', () => {
      const rotated = given(someCreated(), updated({ secrets: [second, first] }, 'secret'));
      const third = { sealed: 'sealed-3', expiresAt: null };
      const ending = (seconds: number) => ({ ...second, expiresAt: later(seconds) });
      rotated.when(rotate('sealed-3', 600)).then(updated({ secrets: [third, ending(600), first] }, 'secret'));
      rotated
        .when(rotate('sealed-3', 600, later(60)))
        .then(updated({ secrets: [third, ending(660)] }, 'secret'));
    });

    it('has at most five secrets', () => {
      const old = [1, 2, 3, 4].map((index) => ({ sealed: `old-${index}`, expiresAt: later(1_000) }));
      const full = updated({ secrets: [{ sealed: 'sealed-1', expiresAt: null }, ...old] }, 'secret');
      given(someCreated(), full).when(rotate('sealed-2', 60)).thenRefused('subscription-secrets-exhausted');
      given(someCreated(), full)
        .when(rotate('sealed-2', 0))
        .then(updated({ secrets: [second] }, 'secret'));
    });
  });

  describe('whose endpoint keeps failing', () => {
    const moved = updated({ callbackUrl: 'https://example.com/other' }, 'callbackUrl');
    const disableAt = (revision: number): SubscriptionCommand => ({ ...disable, revision });

    it('is not disabled if it has changed since', () => {
      given(someCreated(), moved).when(disableAt(1)).thenNothing();
      given(someCreated(), moved).when(disableAt(2)).then(disabled);
      given(someCreated(), disabled, resumed).when(disableAt(1)).thenNothing();
    });

    it('has a new endpoint revision after a move or a resume, and after nothing else', () => {
      const endpointOf = (...facts: readonly SubscriptionEvent[]) =>
        after(someCreated(), ...facts).endpointRevision;
      expect(endpointOf()).toBe(1);
      expect(endpointOf(updated({ rateLimit: 5 }, 'rateLimit'), paused)).toBe(1);
      expect(endpointOf(updated({ rateLimit: 5 }, 'rateLimit'), moved)).toBe(3);
      expect(endpointOf(disabled, resumed)).toBe(3);
    });
  });

  describe('whose callback URL changes', () => {
    const url = 'https://example.com/hook';
    const headers = 'sealed-headers';
    const query = 'sealed-query';
    const sealed = given(someCreated({ headers }));
    const withQuery = someCreated({ headers, callbackQuery: query });
    const hidden = given(withQuery);

    it.each([
      'https://other.example/hook',
      'http://example.com/hook',
      'https://example.com:8443/hook',
      'https://sub.example.com/hook',
    ])('to %s, another origin, loses its extra headers', (callbackUrl) => {
      sealed
        .when(update({ callbackUrl }))
        .then(updated({ callbackUrl, headers: null }, 'callbackUrl', 'headers'));
      sealed
        .when(update({ callbackUrl }, { headers: 'sealed-2' }))
        .then(updated({ callbackUrl, headers: 'sealed-2' }, 'callbackUrl', 'headers'));
      sealed
        .when(update({ callbackUrl }, { headers }))
        .then(updated({ callbackUrl, headers }, 'callbackUrl'));
    });

    it.each(['https://example.com/other', 'https://EXAMPLE.com:443/hook', 'https://example.com'])(
      'to %s, at the same origin, keeps them',
      (callbackUrl) => {
        sealed.when(update({ callbackUrl })).then(updated({ callbackUrl, headers }, 'callbackUrl'));
      },
    );

    it('also loses the query, unless the new URL names one', () => {
      hidden
        .when(update({ callbackUrl: url }))
        .then(updated({ callbackUrl: url, headers, callbackQuery: null }, 'callbackUrl'));
      hidden
        .when(update({ callbackUrl: url }, { callbackQuery: 'sealed-query-2' }))
        .then(updated({ callbackUrl: url, headers, callbackQuery: 'sealed-query-2' }, 'callbackUrl'));
      hidden.when(update({ callbackUrl: url }, { callbackQuery: query })).thenNothing();
      hidden
        .when(update({ rateLimit: 5 }))
        .then(updated({ rateLimit: 5, headers, callbackQuery: query }, 'rateLimit'));
      hidden
        .when(rotate('sealed-2', 0))
        .then(
          updated(
            { secrets: [{ sealed: 'sealed-2', expiresAt: null }], headers, callbackQuery: query },
            'secret',
          ),
        );
    });

    it('keeps the query when the URL comes back as it was shown', () => {
      const inClear = someCreated({ callbackUrl: `${url}?token=t`, callbackQuery: null });
      for (const fact of [withQuery, inClear])
        for (const mark of ['?…', '?%E2%80%A6', '?…#fragment'])
          given(fact)
            .when(update({ callbackUrl: url + mark }))
            .thenNothing();
      hidden
        .when(update({ callbackUrl: 'https://example.com:443/hook?…', rateLimit: 5 }))
        .then(updated({ rateLimit: 5, headers, callbackQuery: query }, 'rateLimit'));
    });

    it('refuses the placeholder of a hidden query for a URL without one, or for another URL', () => {
      active.when(update({ callbackUrl: `${url}?…` })).thenRefused('callback-query-hidden');
      hidden
        .when(update({ callbackUrl: 'https://example.com/other?…' }))
        .thenRefused('callback-query-hidden');
      hidden
        .when(update({ callbackUrl: 'https://other.example/hook?…' }))
        .thenRefused('callback-query-hidden');
    });
  });

  it('sends a test while it is active', () => {
    active.when(test).then({ type: 'webhook.test', data: { subscriptionId } });
    given(someCreated(), paused).when(test).thenRefused('subscription-not-active');
  });
});
