import { someCreated, SUBSCRIPTION_ID as subscriptionId } from './testing/subscription-events.js';
import {
  active,
  after,
  change,
  disabled,
  given,
  paused,
  updated,
} from './testing/subscription-specification.fixture.js';
import type { EndpointHealth } from './endpoint-health.js';
import type { ReportHealth } from './subscription-commands.js';
import { subscriptionDecider } from './subscription-decider.js';
import type { SubscriptionEvent } from './subscription-events.js';

const SINCE = '2026-11-21T12:00:00.000Z';
const LATER = '2026-11-26T12:00:00.000Z';
const HEALTHS = {
  'success-rate': { warning: 'success-rate', since: SINCE, disablesAt: null },
  disabling: { warning: 'disabling', since: SINCE, disablesAt: LATER },
  fine: { warning: null },
} as const satisfies Record<string, EndpointHealth>;
const COUNTS = { attempts: 40, failed: 39, lastError: 'status 500' };

const report = (
  health: keyof typeof HEALTHS,
  former: ReportHealth['former'] = null,
  revision = 1,
): ReportHealth => ({
  type: 'report-health',
  subscriptionId,
  revision,
  former,
  health: HEALTHS[health],
  ...COUNTS,
});
const failing = (warning: 'success-rate' | 'disabling'): SubscriptionEvent => ({
  type: 'webhook-subscription.failing',
  data: { subscriptionId, ...HEALTHS[warning], ...COUNTS },
});
const recovered = (warning: 'success-rate' | 'disabling'): SubscriptionEvent => ({
  type: 'webhook-subscription.recovered',
  data: { subscriptionId, warning, since: SINCE },
});
const at = (event: SubscriptionEvent, occurredAt: string): SubscriptionEvent => ({ ...event, occurredAt });
const resumed: SubscriptionEvent = { type: 'webhook-subscription.resumed', data: change };
const moved = updated({ callbackUrl: 'https://example.com/other' }, 'callbackUrl');

describe('the owner of a subscription', () => {
  it('hears once of each warning, and once of the recovery', () => {
    active.when(report('fine')).thenNothing();
    active.when(report('success-rate')).then(failing('success-rate'));
    active.when(report('disabling')).then(failing('disabling'));
    const warned = given(someCreated(), failing('success-rate'));
    warned.when(report('success-rate', 'success-rate')).thenNothing();
    warned.when(report('disabling', 'success-rate')).then(failing('disabling'));
    warned.when(report('fine', 'success-rate')).then(recovered('success-rate'));
    given(someCreated(), failing('disabling')).when(report('fine', 'disabling')).then(recovered('disabling'));
    given(someCreated(), failing('success-rate'), recovered('success-rate'))
      .when(report('success-rate'))
      .then(failing('success-rate'));
  });

  it('hears when a single success has put off the disabling', () => {
    given(someCreated(), failing('disabling'))
      .when(report('success-rate', 'disabling'))
      .then(failing('success-rate'));
  });

  it('hears nothing from a dispatcher that looked before the last change', () => {
    given(someCreated(), failing('success-rate')).when(report('success-rate')).thenNothing();
    given(someCreated(), failing('success-rate')).when(report('disabling')).thenNothing();
    given(someCreated(), failing('disabling')).when(report('fine', 'success-rate')).thenNothing();
    given(someCreated(), moved).when(report('success-rate')).thenNothing();
    given(someCreated(), moved)
      .when(report('success-rate', null, 2))
      .then(failing('success-rate'));
    for (const stopped of [paused, disabled])
      given(someCreated(), stopped)
        .when(report('success-rate', null, 2))
        .thenNothing();
  });

  it('hears nothing of an endpoint that receives only notices, which would be told there', () => {
    for (const eventTypes of [
      ['webhook-subscription.failing'],
      ['webhook.dead-lettered', 'webhook-subscription.*'],
    ])
      given(someCreated({ eventTypes })).when(report('success-rate')).thenNothing();
    given(someCreated({ eventTypes: ['order.*', 'webhook-subscription.*'] }))
      .when(report('success-rate'))
      .then(failing('success-rate'));
  });

  it('is not there before the subscription or after it', () => {
    given().when(report('success-rate')).thenRefused('subscription-not-found');
  });
});

describe('the warning of a subscription', () => {
  const warned = [someCreated(), at(failing('disabling'), SINCE)] as const;

  it('is kept, and is no change of what is delivered', () => {
    expect(after(...warned)).toMatchObject({ warned: HEALTHS.disabling, revision: 1, endpointRevision: 1 });
    expect(after(...warned, updated({ rateLimit: 5 }, 'rateLimit')).warned).toEqual(HEALTHS.disabling);
  });

  it.each([
    ['a recovery', [recovered('disabling')], true],
    ['a move', [moved], true],
    ['a pause', [paused], false],
    ['the disabling', [disabled], false],
    ['a resume', [paused, resumed], true],
  ])('ends with %s', (_, facts, isJudgedAfresh) => {
    const state = after(...warned, ...facts.map((fact) => at(fact, LATER)));
    expect(state.warned).toBeUndefined();
    expect(state.judgedFrom).toBe(isJudgedAfresh ? LATER : undefined);
  });

  it('is unknown in older states, which are warned like others', () => {
    const { warned: _, judgedFrom: __, ...older } = after(someCreated());
    const decision = subscriptionDecider.decide(report('disabling'), older);
    expect(decision).toEqual({ ok: true, value: [failing('disabling')] });
  });
});
