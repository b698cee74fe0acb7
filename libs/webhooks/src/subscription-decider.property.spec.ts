import fc from 'fast-check';
import { someCreate, someSettings, SUBSCRIPTION_ID as subscriptionId } from '#libs/testing';
import { MAX_OWING_RULES } from './owing-rules.js';
import type { PositionVector } from './subscription.js';
import type { SubscriptionCommand } from './subscription-commands.js';
import { subscriptionDecider } from './subscription-decider.js';
import { isLive, MAX_LIVE_SECRETS, type SubscriptionState } from './subscription-state.js';

const { decide, evolve, initialState } = subscriptionDecider;

const positions: fc.Arbitrary<PositionVector> = fc.dictionary(
  fc.constantFrom('orders/0', 'orders/1', 'inventory/0'),
  fc.nat({ max: 1_000 }),
  { noNullPrototype: true },
);
const eventTypes = fc.subarray(['order.*', 'stock.*', 'webhook.test', 'order.created'], { minLength: 1 });
const filter = fc.option(
  fc.dictionary(fc.constantFrom('data.a', 'metadata.actor'), fc.integer(), { noNullPrototype: true }),
);
const time = fc
  .integer({ min: 0, max: 100_000 })
  .map((seconds) => new Date(1_790_000_000_000 + seconds * 1_000).toISOString());
const change = { subscriptionId: fc.constant(subscriptionId), positions };

const command: fc.Arbitrary<SubscriptionCommand> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc
      .record({ positions, start: positions, eventTypes, filter })
      .map(({ eventTypes, filter, ...rest }) =>
        someCreate({ ...rest, settings: someSettings({ eventTypes, filter }) }),
      ),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('update-subscription' as const),
      ...change,
      memory: fc.constant({ bytes: 0, limit: 1_000_000 }),
      changes: fc.record(
        { eventTypes, filter, ordering: fc.constantFrom('stream' as const, 'none' as const) },
        { requiredKeys: [] },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('pause-subscription' as const, 'resume-subscription' as const),
      ...change,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('disable-subscription' as const),
      ...change,
      reason: fc.constantFrom('gone' as const, 'failing' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('rotate-secret' as const),
      ...change,
      secret: fc.string(),
      now: time,
      overlapSeconds: fc.integer({ min: 0, max: 604_800 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('send-test' as const), subscriptionId: change.subscriptionId }),
  },
);

const commands = fc.array(command, { maxLength: 120 });

/** The state after the commands, and how many changes there were. */
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
    changes += decision.value.filter(({ type }) => type.startsWith('webhook-subscription.')).length;
    state = next;
    onStep(state, changes);
  }
}

describe('any sequence of commands to a subscription', () => {
  it('leaves one that is bounded, begins its rules in order, and owes by its present settings in the end', () => {
    fc.assert(
      fc.property(commands, (given) => {
        run(given, (state, changes) => {
          if (!isLive(state)) return;
          expect(state.revision).toBe(changes);
          expect(state.rules.length).toBeLessThanOrEqual(MAX_OWING_RULES);
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
      }),
    );
  });

  it('goes on the same way from a state that was kept as JSON', () => {
    fc.assert(
      fc.property(commands, (given) => {
        run(given, (state) => expect(JSON.parse(JSON.stringify(state))).toEqual(state));
      }),
    );
  });
});
