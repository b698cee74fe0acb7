import type { RecordedEvent } from '#libs/kernel';
import { subscriptionOf } from '../../testing/dispatch-harness.fixture.js';
import { InMemoryOrders } from '../../testing/in-memory-orders.fixture.js';
import type { AttemptFacts, DeliveryFacts, ExplainedSubscription, LaneFacts } from './delivery-facts.js';
import { explain } from './explain.js';

const log = new InMemoryOrders();
const someEvent = (offset = 17, type = 'order.created', data: object = {}): RecordedEvent => ({
  ...log.append('o-1', type),
  data: { orderId: 'o-1', ...data },
  position: { topic: 'orders', partition: 3, offset },
});
const EVENT = someEvent();
const SUBSCRIPTION: ExplainedSubscription = {
  ...subscriptionOf(),
  status: 'active',
  disabledReason: null,
  start: { 'orders/3': 10 },
  rules: [{ from: { 'orders/3': 10 }, eventTypes: ['order.*'], filter: null }],
};
const cursorAt = (watermark: number, rulesRevision = 1): DeliveryFacts['cursor'] => ({
  watermark,
  finished: [{ from: 30, to: 40 }],
  previousEventId: null,
  rulesRevision,
});
const laneOf = (offset: number, given: Partial<LaneFacts> = {}): LaneFacts => ({
  lane: 'o-1',
  attempts: 2,
  retryAt: '2026-01-01T00:01:00.000Z',
  lastError: 'status 500',
  failingSince: '2026-01-01T00:00:00.000Z',
  deadSince: null,
  front: { eventId: `event-at-${offset}`, eventType: 'order.created', offset },
  ...given,
});
const DEAD = { attempts: 20, retryAt: null, deadSince: '2026-01-03T00:00:00.000Z' };
const attemptOf = (given: Partial<AttemptFacts> = {}): AttemptFacts => ({
  at: '2026-01-01T00:00:05.000Z',
  attempt: 2,
  statusCode: 204,
  error: null,
  ...given,
});

type Given = Partial<Omit<DeliveryFacts, 'subscription' | 'log'>> & {
  readonly subscription?: Partial<ExplainedSubscription>;
  readonly log?: Partial<DeliveryFacts['log']>;
};

/** By default an owed event that was delivered, and whose attempts the log has forgotten. */
const explained = ({ subscription, log: logged, ...given }: Given = {}) =>
  explain({
    event: EVENT,
    cursor: cursorAt(20),
    isParked: false,
    lane: null,
    skippedAt: null,
    ...given,
    subscription: { ...SUBSCRIPTION, ...subscription },
    log: { delivered: null, lastFailed: null, replays: [], ...logged },
  });
const parkedIn = (lane: LaneFacts): Given => ({ isParked: true, lane });

describe('an event is explained as', () => {
  it('delivered: the cursor has passed it, and nothing is left of it', () => {
    expect(explained()).toEqual({
      outcome: 'delivered',
      reason: expect.stringContaining('no longer has the attempt'),
    });
    expect(explained({ event: someEvent(35) }).outcome).toBe('delivered');
    expect(explained({ event: someEvent(29) }).outcome).toBe('pending');
  });

  it('delivered, with the attempt if the delivery log has it, even before that is saved', () => {
    const known = { outcome: 'delivered', deliveredAt: attemptOf().at, attempt: 2, statusCode: 204 };
    const delivered = { log: { delivered: attemptOf() } };
    expect(explained(delivered)).toEqual({ ...known, reason: 'The endpoint accepted it.' });
    for (const unsaved of [{ cursor: cursorAt(17) }, { cursor: null }, parkedIn(laneOf(17))])
      expect(explained({ ...delivered, ...unsaved })).toEqual({
        ...known,
        reason: expect.stringContaining('once more'),
      });
  });

  it('retrying: it failed, and its next attempt has a time', () => {
    expect(explained(parkedIn(laneOf(17)))).toMatchObject({
      outcome: 'retrying',
      attempts: 2,
      lastError: 'status 500',
      failingSince: '2026-01-01T00:00:00.000Z',
      nextAttemptAt: '2026-01-01T00:01:00.000Z',
      reason: expect.stringContaining('2 times'),
    });
  });

  it('parked: it is a dead letter and holds up its lane, paused or not', () => {
    for (const status of ['active', 'paused'] as const)
      expect(explained({ ...parkedIn(laneOf(17, DEAD)), subscription: { status } })).toMatchObject({
        outcome: 'parked',
        attempts: 20,
        lastError: 'status 500',
        parkedAt: DEAD.deadSince,
      });
  });

  it('blocked: a dead letter of its lane comes before it, whether or not it was read yet', () => {
    const behind = {
      eventId: 'event-at-11',
      position: 'orders/3@11',
      attempts: 20,
      parkedAt: DEAD.deadSince,
    };
    const lane = laneOf(11, DEAD);
    expect(explained(parkedIn(lane))).toMatchObject({ outcome: 'blocked', behind });
    expect(explained({ lane, cursor: cursorAt(12) })).toMatchObject({ outcome: 'blocked', behind });
    expect(explained({ lane, cursor: cursorAt(12), subscription: { status: 'paused' } })).toMatchObject({
      outcome: 'blocked',
      reason: expect.stringContaining('also paused'),
    });
  });

  it('skipped by an operator: nothing but the note is left', () => {
    const skippedAt = '2026-01-05T00:00:00.000Z';
    expect(explained({ skippedAt })).toMatchObject({ outcome: 'skipped', by: 'operator', skippedAt });
  });

  it('skipped by the policy: it is a dead letter in a lane of its own', () => {
    const lane = laneOf(17, { ...DEAD, lane: `skipped/${EVENT.metadata.eventId}` });
    expect(explained(parkedIn(lane))).toMatchObject({
      outcome: 'skipped',
      by: 'policy',
      skippedAt: DEAD.deadSince,
      attempts: 20,
    });
    expect(explained(parkedIn({ ...lane, attempts: 1, retryAt: DEAD.deadSince })).outcome).toBe('retrying');
  });

  it('paused: it is owed, and the subscription is paused or disabled', () => {
    const since = '2026-01-01T00:00:30.000Z';
    const paused = { status: 'paused', stoppedAt: since } as const;
    const disabled = { status: 'disabled', stoppedAt: since, disabledReason: 'gone' } as const;
    const unread = { cursor: cursorAt(17) };
    expect(explained({ ...unread, subscription: paused })).toMatchObject({
      outcome: 'paused',
      by: 'pause',
      since,
    });
    expect(explained({ ...unread, subscription: disabled })).toMatchObject({
      outcome: 'paused',
      by: 'disabling',
      since,
      disabledReason: 'gone',
    });
    expect(explained({ ...parkedIn(laneOf(17)), subscription: paused })).toMatchObject({
      outcome: 'paused',
      attempts: 2,
    });
    expect(explained({ ...parkedIn(laneOf(11)), subscription: paused })).toMatchObject({
      outcome: 'paused',
      behind: { eventId: 'event-at-11' },
    });
    expect(explained({ subscription: paused }).outcome).toBe('delivered');
  });

  it('pending: it is owed, and not finished', () => {
    expect(explained({ cursor: null })).toMatchObject({
      outcome: 'pending',
      reason: expect.stringContaining('No dispatcher'),
    });
    expect(explained({ cursor: cursorAt(15) }).reason).toContain('orders/3@15');
    const lastFailed = attemptOf({ attempt: 1, error: 'timeout' });
    expect(explained({ cursor: cursorAt(15), log: { lastFailed } })).toMatchObject({
      outcome: 'pending',
      attempts: 1,
      lastError: 'timeout',
    });
  });

  it('pending: it is the next of a lane that was released, or its address is paused', () => {
    expect(explained(parkedIn(laneOf(17, { attempts: 0 }))).outcome).toBe('pending');
  });

  it('pending behind an event of its lane that is retried', () => {
    for (const given of [parkedIn(laneOf(11)), { lane: laneOf(11), cursor: cursorAt(12) }])
      expect(explained(given)).toMatchObject({
        outcome: 'pending',
        behind: { eventId: 'event-at-11', nextAttemptAt: '2026-01-01T00:01:00.000Z' },
      });
  });

  it('filtered, with the first condition that it does not meet and the value found', () => {
    const filter = { 'data.orderId': 'o-1', 'data.customer.id': ['c-1', 'c-2'] };
    const rules = [{ from: {}, eventTypes: ['*'], filter }];
    const given = (customer: object | null) => ({
      event: someEvent(17, 'order.created', { customer }),
      subscription: { rules },
    });
    const condition = { field: 'data.customer.id', expected: ['c-1', 'c-2'] };
    expect(explained(given({ id: 'c-3' }))).toEqual({
      outcome: 'filtered',
      condition: { ...condition, found: 'c-3' },
      reason: 'The filter asks for another value of data.customer.id.',
    });
    expect(explained(given(null))).toMatchObject({ condition: { ...condition, found: null } });
    expect(explained(given({ id: ['c-1'] }))).toMatchObject({ outcome: 'filtered', condition });
    expect(explained(given({ id: 'c-2' })).outcome).toBe('delivered');
  });

  it('not subscribed: of a type that is not asked for, a test for another subscription, or another tenant’s', () => {
    const notAsked = (type: string, eventTypes: string[], data: object = {}) =>
      explained({
        event: someEvent(17, type, data),
        subscription: { rules: [{ from: {}, eventTypes, filter: null }] },
      });
    expect(notAsked('order.created', ['order.shipped'])).toMatchObject({
      outcome: 'not-subscribed',
      eventTypes: ['order.shipped'],
      reason: 'The subscription does not ask for order.created.',
    });
    expect(notAsked('process.started', ['*']).reason).toContain('* leaves out');
    expect(notAsked('webhook.test', ['*'], { subscriptionId: 'another' }).outcome).toBe('not-subscribed');
    expect(notAsked('webhook.test', ['order.created'], { subscriptionId: 'sub-1' }).outcome).toBe(
      'delivered',
    );
    expect(explained({ subscription: { tenant: 'other' } })).toMatchObject({
      outcome: 'not-subscribed',
      reason: expect.stringContaining('another tenant'),
    });
  });

  it('before the start, with the start', () => {
    expect(explained({ event: someEvent(9) })).toMatchObject({
      outcome: 'before-start',
      start: 'orders/3@10',
    });
    expect(explained({ event: someEvent(10) }).outcome).toBe('delivered');
  });
});

describe('when the rules changed, an event is explained', () => {
  const rules = [
    { from: {}, eventTypes: ['order.created'], filter: null },
    { from: { 'orders/3': 15 }, eventTypes: ['order.shipped'], filter: null },
  ];
  const changed = (event: RecordedEvent, heard: number, more: Given = {}) =>
    explained({ event, cursor: cursorAt(20, heard), subscription: { start: {}, rules }, ...more });

  it('by those in force at its position', () => {
    expect(changed(someEvent(14), 2).outcome).toBe('delivered');
    expect(changed(someEvent(15), 2).outcome).toBe('not-subscribed');
    expect(changed(someEvent(14, 'order.shipped'), 2)).toMatchObject({
      outcome: 'not-subscribed',
      eventTypes: ['order.created'],
      reason: expect.stringContaining('changed since'),
    });
    expect(changed(someEvent(15, 'order.shipped'), 2).outcome).toBe('delivered');
  });

  it('by those that the dispatcher had heard of when it passed the event', () => {
    expect(changed(someEvent(15), 1).outcome).toBe('delivered');
    expect(changed(someEvent(15, 'order.shipped'), 1)).toMatchObject({
      outcome: 'pending',
      reason: expect.stringContaining('come back'),
    });
  });

  it('as one that waits like any other, if the dispatcher cannot come back for it now', () => {
    const passedOver = (more: Given) => changed(someEvent(15, 'order.shipped'), 1, more);
    const at = (status: 'active' | 'paused') => ({ subscription: { status, start: {}, rules } });
    expect(passedOver(at('paused'))).toMatchObject({ outcome: 'paused', by: 'pause' });
    expect(passedOver({ ...at('active'), lane: laneOf(11, DEAD) }).outcome).toBe('blocked');
    expect(passedOver({ ...at('active'), lane: laneOf(11) })).toMatchObject({
      outcome: 'pending',
      behind: { eventId: 'event-at-11' },
    });
  });

  it('with a doubt where many of them were merged', () => {
    const merged = [rules[0]!, { ...rules[1]!, revision: 9 }];
    const more = { subscription: { start: {}, rules: merged } };
    expect(changed(someEvent(15, 'order.shipped'), 9, more).reason).toContain('merged');
    expect(changed(someEvent(14), 9, more).reason).not.toContain('merged');
  });
});
