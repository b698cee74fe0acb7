import fc from 'fast-check';
import { itForAll, tagged } from '#libs/kernel/testing';
import {
  someCreate,
  someSettings,
  SUBSCRIPTION_ID as subscriptionId,
} from './testing/subscription-events.js';
import { MAX_SUBSCRIPTION_RULES } from './subscription-rules.js';
import type { PositionVector } from './subscription.js';
import type { ReportHealth, SubscriptionCommand } from './subscription-commands.js';
import { subscriptionDecider } from './subscription-decider.js';
import { isLive, MAX_LIVE_SECRETS, type SubscriptionState } from './subscription-state.js';

const { decide, evolve, initialState } = subscriptionDecider;

const positions: fc.Arbitrary<PositionVector> = fc.dictionary(
  fc.constantFrom('orders/0', 'orders/1', 'inventory/0'),
  fc.nat({ max: 1_000 }),
  { noNullPrototype: true },
);
const SINCE = '2026-11-21T12:00:00.000Z';
const eventTypes = fc.subarray(['order.*', 'stock.*', 'webhook.test', 'order.created'], { minLength: 1 });
const filter = fc.option(
  fc.dictionary(fc.constantFrom('data.a', 'metadata.actor'), fc.integer(), { noNullPrototype: true }),
);
const time = fc
  .integer({ min: 0, max: 100_000 })
  .map((seconds) => new Date(1_790_000_000_000 + seconds * 1_000).toISOString());
const callbackUrl = fc.constantFrom(
  'https://a.example/hook',
  'https://a.example/other',
  'https://b.example/hook',
  'https://a.example/hook?…',
  'https://b.example/hook?…',
);
const eventId = fc.integer({ min: 0, max: 3 }).map((index) => `0197a2f0-0000-7000-8000-00000000000${index}`);
const change = { subscriptionId: fc.constant(subscriptionId), positions };

const healthReport = {
  subscriptionId: change.subscriptionId,
  revision: fc.integer({ min: 1, max: 4 }),
  former: fc.constantFrom(null, 'success-rate', 'disabling'),
  health: fc.constantFrom(
    { warning: null },
    { warning: 'success-rate', since: SINCE, disablesAt: null },
    { warning: 'disabling', since: SINCE, disablesAt: '2026-11-26T12:00:00.000Z' },
  ),
  attempts: fc.constant(40),
  failed: fc.constant(40),
  lastError: fc.constant(null),
};

const create = fc
  .record({ positions, start: positions, eventTypes, filter })
  .map(({ eventTypes, filter, ...rest }) =>
    someCreate({ ...rest, settings: someSettings({ eventTypes, filter }) }),
  );
const callbackQuery = fc.option(fc.constantFrom('sealed-a', 'sealed-b'));
const others = tagged('type', {
  'update-subscription': [
    12,
    {
      ...change,
      memory: fc.constant({ bytes: 0, limit: 1_000_000 }),
      changes: fc.record(
        { eventTypes, filter, callbackUrl, ordering: fc.constantFrom('stream', 'none') },
        { requiredKeys: [] },
      ),
      callbackQuery,
    },
  ],
  'pause-subscription': [3, change],
  'resume-subscription': [3, change],
  'disable-subscription': [
    2,
    { ...change, reason: fc.constantFrom('gone', 'failing'), revision: fc.integer({ min: 1, max: 20 }) },
  ],
  'rotate-secret': [
    6,
    { ...change, secret: fc.string(), now: time, overlapSeconds: fc.integer({ min: 0, max: 604_800 }) },
  ],
  'send-test': [2, { subscriptionId: change.subscriptionId }],
  'report-health': [8, healthReport],
  'record-dead-letter': [
    6,
    {
      subscriptionId: change.subscriptionId,
      feedId: fc.constantFrom(subscriptionId, '0197a2f0-0000-7000-8000-00000000000b'),
      replayId: fc.constant(null),
      eventId,
      eventType: fc.constantFrom(
        'order.created',
        'webhook.dead-lettered',
        'webhook-subscription.disabled',
        'webhook-subscription.failing',
      ),
      position: fc.constant('orders/3@17'),
      parkedAt: fc.constantFrom('2026-11-21T12:00:00.000Z', '2026-11-21T12:00:00.001Z'),
      attempts: fc.integer({ min: 1, max: 100 }),
      lastError: fc.constant(null),
    },
  ],
});
const command: fc.Arbitrary<SubscriptionCommand> = fc.oneof(
  { weight: 1, arbitrary: create },
  { weight: 17, arbitrary: others },
);

/** Notices of an endpoint's health change nothing of what is delivered. */
const isChange = (type: string): boolean =>
  type.startsWith('webhook-subscription.') && !/failing|recovered/.test(type);

const commands = fc.array(command, { maxLength: 120 });

/** Returns the state after the commands and the number of changes. */
function run(
  given: readonly SubscriptionCommand[],
  onStep: (state: SubscriptionState, changes: number) => void,
) {
  let state = initialState;
  let changes = 0;
  for (const each of given) {
    const decision = decide(each, state);
    if (!decision.ok) {
      expect(decision.problem.detail).toMatch(/\w/);
      continue;
    }
    const before = JSON.stringify(state);
    const next = decision.value.reduce(evolve, state);
    expect(JSON.stringify(state)).toBe(before);
    changes += decision.value.filter(({ type }) => isChange(type)).length;
    state = next;
    onStep(state, changes);
  }
}

describe('any sequence of commands to a subscription', () => {
  const liveAfter = (given: readonly SubscriptionCommand[]) => {
    const create = someCreate({ headers: 'sealed-headers', callbackQuery: 'sealed-a' });
    let state = initialState;
    run([create, ...given], (next) => {
      state = next;
    });
    return state;
  };

  itForAll(
    'never sends extra headers to an origin they were not set for, nor a query to another URL',
    [commands],
    (given) => {
      run([someCreate({ headers: 'sealed-headers', callbackQuery: 'sealed-a' }), ...given], (state) => {
        if (!isLive(state) || state.headers === null) return;
        expect(new URL(state.callbackUrl).origin).toBe('https://example.com');
      });
    },
  );

  itForAll('never stores the placeholder of a hidden query as a URL', [commands], (given) => {
    run(given, (state) => expect(JSON.stringify(state)).not.toContain('?…'));
  });

  itForAll(
    'reports a dead letter once, and never one of an event that deliveries caused',
    [commands, command],
    (given, last) => {
      const state = liveAfter(given);
      if (last.type !== 'record-dead-letter' || !isLive(state)) return;
      const once = decide(last, state);
      const told = once.ok ? once.value : [];
      if (last.eventType.startsWith('webhook')) expect(told).toEqual([]);
      expect(decide({ ...last, attempts: 99 }, told.reduce(evolve, state))).toEqual({ ok: true, value: [] });
    },
  );

  itForAll(
    'tells of health what the owner does not know yet, and once',
    [commands, fc.record(healthReport), fc.boolean()],
    (given, report, isLate) => {
      const state = liveAfter(given);
      if (!isLive(state)) return;
      const known = state.warned?.warning ?? null;
      const revision = isLate ? report.revision : state.revision;
      const last = { type: 'report-health', ...report, revision, former: known } as ReportHealth;
      const once = decide(last, state);
      const told = once.ok ? once.value : [];
      const isHeard =
        state.status === 'active' && state.eventTypes.some((type) => !type.startsWith('webhook'));
      const isNew = last.health.warning !== known;
      expect(told.length > 0).toBe(isNew && isHeard && revision === state.revision);
      const next = told.reduce(evolve, state);
      if (told.length > 0) expect(isLive(next) && (next.warned?.warning ?? null)).toBe(last.health.warning);
      expect(decide(last, next)).toEqual({ ok: true, value: [] });
    },
  );

  itForAll('warns only of a subscription that is active', [commands], (given) => {
    run(given, (state) => {
      if (isLive(state) && state.warned) expect(state.status).toBe('active');
    });
  });

  itForAll(
    'disables a subscription only if it has not changed since its endpoint was found dead',
    [commands, positions, fc.integer({ min: 1, max: 20 })],
    (given, at, revision) => {
      const state = liveAfter(given);
      if (!isLive(state) || state.status !== 'active') return;
      const disable = {
        type: 'disable-subscription',
        subscriptionId,
        positions: at,
        reason: 'gone',
      } as const;
      const decision = decide({ ...disable, revision }, state);
      expect(decision.ok && decision.value.length > 0).toBe(revision === state.revision);
    },
  );

  itForAll(
    'resets the judgement of an endpoint exactly on a new address or a resume',
    [commands],
    (given) => {
      let before: SubscriptionState = initialState;
      run([someCreate(), ...given], (state) => {
        if (isLive(state) && isLive(before)) {
          const address = ({ callbackUrl: url, callbackQuery }: typeof state) =>
            JSON.stringify([url, callbackQuery]);
          const isResumed = before.status !== 'active' && state.status === 'active';
          const isMoved = address(state) !== address(before);
          expect(state.endpointRevision !== before.endpointRevision).toBe(isResumed || isMoved);
        }
        before = state;
      });
    },
  );

  itForAll(
    'leaves a bounded subscription whose rules are in order and end with its present settings',
    [commands],
    (given) => {
      run(given, (state, changes) => {
        if (!isLive(state)) return;
        expect(state.revision).toBe(changes);
        expect(state.rules.length).toBeLessThanOrEqual(MAX_SUBSCRIPTION_RULES);
        expect(state.rules.at(-1)).toMatchObject({ eventTypes: state.eventTypes, filter: state.filter });
        expect(state.rules[0]?.from).toEqual(state.start);
        state.rules.forEach(({ from }, index) => {
          const earlier = state.rules[index - 1]?.from ?? {};
          for (const [partition, offset] of Object.entries(earlier))
            expect(from[partition]).toBeGreaterThanOrEqual(offset);
        });
        const [present, ...old] = state.secrets;
        expect(present?.expiresAt).toBeNull();
        expect(old.every(({ expiresAt }) => expiresAt !== null)).toBe(true);
        expect(old.length).toBeLessThan(MAX_LIVE_SECRETS);
      });
    },
  );

  itForAll('decides the same from a state that was stored as JSON', [commands], (given) => {
    run(given, (state) => expect(JSON.parse(JSON.stringify(state))).toEqual(state));
  });
});
