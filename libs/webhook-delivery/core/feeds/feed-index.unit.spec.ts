import type { EventFilter } from '#libs/webhooks';
import { feedOf } from '../../testing/dispatch-harness.fixture.js';
import { InMemoryOrders } from '../../testing/in-memory-orders.fixture.js';
import { eventMatcherOf, fieldOf, interestMatcherOf } from './feed-index.js';

const log = new InMemoryOrders();
const eventOf = (type: string, data: Record<string, unknown> = {}, tenant = 'acme') => ({
  ...log.append('s', type, tenant),
  data,
});
const at = (offset: number, type: string) => {
  const event = eventOf(type);
  return { ...event, position: { ...event.position, offset } };
};
const ruled = (...rules: ReturnType<typeof feedOf>['rules']) => eventMatcherOf(feedOf({}, { rules }));

describe('an event matcher', () => {
  it('matches only events of its tenant and of the requested types', () => {
    const matches = ruled({ from: {}, eventTypes: ['order.shipped', 'stock.*'], filter: null });
    expect(matches(eventOf('order.shipped'))).toBe(true);
    expect(matches(eventOf('stock.reserved'))).toBe(true);
    expect(matches(eventOf('order.created'))).toBe(false);
    expect(matches(eventOf('order.shipped', {}, 'other'))).toBe(false);
  });

  it('requires all conditions, where any value of a list suffices', () => {
    const filter = { 'data.customer.id': ['c1', 'c2'], 'data.isGift': true };
    const matches = ruled({ from: {}, eventTypes: ['*'], filter });
    const fulfils = (data: Record<string, unknown>) => matches(eventOf('order.created', data));
    expect(fulfils({ customer: { id: 'c2' }, isGift: true })).toBe(true);
    expect(fulfils({ customer: { id: 'c3' }, isGift: true })).toBe(false);
    expect(fulfils({ customer: { id: 'c1' }, isGift: false })).toBe(false);
    expect(fulfils({ customer: 'c1', isGift: true })).toBe(false);
  });

  it('compares without conversion, so a number never equals its text', () => {
    const matches = ruled({ from: {}, eventTypes: ['*'], filter: { 'data.count': 1 } });
    expect(matches(eventOf('order.created', { count: 1 }))).toBe(true);
    expect(matches(eventOf('order.created', { count: '1' }))).toBe(false);
    expect(matches(eventOf('order.created', { count: true }))).toBe(false);
  });

  it('treats a missing field as null', () => {
    const matches = ruled({ from: {}, eventTypes: ['*'], filter: { 'data.discount': null } });
    expect(matches(eventOf('order.created', {}))).toBe(true);
    expect(matches(eventOf('order.created', { discount: null }))).toBe(true);
    expect(matches(eventOf('order.created', { discount: 5 }))).toBe(false);
  });

  it('takes hidden fields as absent, so that nobody can guess them', () => {
    const event = eventOf('order.created', { payment: { token: 'tok_ok', country: 'CH' } });
    const passes = (filter: EventFilter) => ruled({ from: {}, eventTypes: ['order.created'], filter })(event);
    expect(passes({ 'data.payment.country': 'CH' })).toBe(true);
    expect(passes({ 'data.payment.token': 'tok_ok' })).toBe(false);
    expect(passes({ 'data.payment.token': null })).toBe(true);
  });

  it('applies the last rule that begins at or before the event', () => {
    const matches = ruled(
      { from: { 'orders/3': 0 }, eventTypes: ['order.created'], filter: null },
      { from: { 'orders/3': 10 }, eventTypes: ['order.shipped'], filter: null },
      { from: { 'orders/3': 10, 'orders/4': 7 }, eventTypes: ['order.confirmed'], filter: null },
    );
    expect([9, 10].map((offset) => matches(at(offset, 'order.created')))).toEqual([true, false]);
    expect([9, 10].map((offset) => matches(at(offset, 'order.shipped')))).toEqual([false, false]);
    expect([9, 10].map((offset) => matches(at(offset, 'order.confirmed')))).toEqual([false, true]);
  });

  it('matches a test event for the subscription that it names, whatever its rules, but never for a replay', () => {
    const rules = [{ from: {}, eventTypes: ['order.created'], filter: { 'data.no': 1 } }];
    const test = eventOf('webhook.test', { subscriptionId: 'sub-1' });
    expect(eventMatcherOf(feedOf({}, { rules }))(test)).toBe(true);
    expect(eventMatcherOf(feedOf({ subscriptionId: 'sub-2' }, { rules }))(test)).toBe(false);
    expect(eventMatcherOf(feedOf({ tenant: 'other' }, { rules }))(test)).toBe(false);
    expect(eventMatcherOf(feedOf({}, { rules, feedId: 'replay', replayId: 'replay' }))(test)).toBe(false);
  });
});

describe('a field', () => {
  it('is found by its path, among own properties only', () => {
    const event = eventOf('order.created', { list: ['a'], nested: { id: 'x' } });
    expect(fieldOf(event, ['data', 'nested', 'id'])).toBe('x');
    expect(fieldOf(event, ['metadata', 'streamId'])).toBe('s');
    expect(fieldOf(event, ['data', 'nested', 'toString'])).toBeNull();
    expect(fieldOf(event, ['data', 'constructor'])).toBeNull();
    expect(fieldOf(event, ['data', 'nested', 'id', 'length'])).toBeNull();
  });
});

describe('an interest', () => {
  it('covers types of its own tenant', () => {
    const test = interestMatcherOf({ tenant: 'acme', eventTypes: ['order.updated'] });
    expect(test(eventOf('order.shipped'))).toBe(true);
    expect(test(eventOf('order.created'))).toBe(false);
    expect(test(eventOf('order.shipped', {}, 'other'))).toBe(false);
  });
});
