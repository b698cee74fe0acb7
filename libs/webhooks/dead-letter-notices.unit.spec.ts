import { someCreated, SUBSCRIPTION_ID as subscriptionId } from './testing/subscription-events.js';
import { active, after, disabled, given, paused } from './testing/subscription-specification.fixture.js';
import { REMEMBERED_NOTICES, REPEATABLE_NOTICES } from './dead-letter-notices.js';
import type { SubscriptionCommand } from './subscription-commands.js';
import { subscriptionDecider } from './subscription-decider.js';
import type { SubscriptionEvent } from './subscription-events.js';
import type { LiveSubscription } from './subscription-state.js';

const NOW = '2026-11-21T12:00:00.000Z';

describe('the dead-letter notices of a subscription', () => {
  const deadLetter = (index: number, more: object = {}) => ({
    subscriptionId,
    feedId: subscriptionId,
    replayId: null,
    eventId: `0197a2f0-0000-7000-8000-${String(index).padStart(12, '0')}`,
    eventType: 'order.created',
    position: 'orders/3@17',
    parkedAt: NOW,
    attempts: 20,
    lastError: 'status 500',
    ...more,
  });
  const told = (index: number, more: object = {}): SubscriptionEvent => ({
    type: 'webhook.dead-lettered',
    data: deadLetter(index, more),
  });
  const tell = (index: number, more: object = {}): SubscriptionCommand => ({
    type: 'record-dead-letter',
    ...deadLetter(index, more),
  });

  it('are recorded in every live state', () => {
    for (const facts of [[], [paused], [disabled]] as const)
      given(someCreated(), ...facts)
        .when(tell(1))
        .then(told(1));
  });

  it('are not repeated, however the state was stored', () => {
    given(someCreated(), told(1)).when(tell(1)).thenNothing();
    // Different attempts and errors still describe the same dead letter.
    given(someCreated(), told(1), paused, told(2))
      .when(tell(1, { attempts: 21, lastError: 'timeout' }))
      .thenNothing();
    const kept = JSON.parse(JSON.stringify(after(someCreated(), told(1)))) as LiveSubscription;
    expect(subscriptionDecider.decide(tell(1), kept)).toEqual({ ok: true, value: [] });
  });

  it('distinguish another event, another feed, and a redriven delivery that died again', () => {
    for (const other of [
      { eventId: '0197a2f0-0000-7000-8000-00000000000b' },
      { feedId: '0197a2f0-0000-7000-8000-00000000000c' },
      { parkedAt: '2026-11-21T12:00:00.001Z' },
    ])
      given(someCreated(), told(1)).when(tell(1, other)).then(told(1, other));
  });

  it('cover more than can be repeated, and no more than a hundred', () => {
    let state = after(someCreated());
    for (let index = 0; index < 1_000; index++) {
      state = subscriptionDecider.evolve(state, told(index)) as LiveSubscription;
      const repeat = Math.max(0, index - REPEATABLE_NOTICES);
      expect(subscriptionDecider.decide(tell(repeat), state)).toEqual({ ok: true, value: [] });
    }
    expect(Object.keys(state.notices!.recent)).toHaveLength(REMEMBERED_NOTICES);
  });

  it('leave out events that deliveries caused, which would lead to further notices', () => {
    for (const eventType of [
      'webhook.dead-lettered',
      'webhook-subscription.disabled',
      'webhook-subscription.failing',
      'webhook-subscription.recovered',
    ])
      active.when(tell(1, { eventType })).thenNothing();
    for (const eventType of ['webhook.test', 'webhook-subscription.updated', 'stock.received'])
      active.when(tell(1, { eventType })).then(told(1, { eventType }));
  });

  it('ignore older events that lack the time', () => {
    const old = told(1, { parkedAt: null });
    expect(after(someCreated(), old)).toEqual(after(someCreated()));
    given(someCreated(), old).when(tell(1)).then(told(1));
  });
});
