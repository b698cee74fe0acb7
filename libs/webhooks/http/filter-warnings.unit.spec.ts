import type { EventFilter } from '../index.js';
import { filterWarnings } from './filter-warnings.js';

const warned = (eventTypes: readonly string[], filter: EventFilter | null) =>
  filterWarnings({ eventTypes, filter }).warnings?.map(({ field, eventTypes: types }) => [field, types]);
const LATER = ['order.cancelled', 'order.completed', 'order.confirmed', 'order.delivered', 'order.shipped'];

describe('the warnings about a filter', () => {
  it('name the field, and the subscribed event types that lack it', () => {
    const filter = { 'data.customer.id': 'c-1', 'data.cause': ['requested'] };
    expect(warned(['order.*'], filter)).toEqual([
      ['data.customer.id', LATER],
      [
        'data.cause',
        ['order.completed', 'order.confirmed', 'order.created', 'order.delivered', 'order.shipped'],
      ],
    ]);
    expect(warned(['order.updated', 'stock.low'], { 'data.customerId': 'c-1' })).toEqual([
      ['data.customerId', ['stock.low']],
    ]);
    expect(warned(['stock.received', 'stock.received'], { 'data.payment.token': 'a' })).toEqual([
      ['data.payment.token', ['stock.received']],
    ]);
  });

  it('are none where every subscribed event type has the field, or there is no filter', () => {
    expect(filterWarnings({ eventTypes: ['order.*'], filter: { 'data.customerId': 'c-1' } })).toEqual({});
    expect(filterWarnings({ eventTypes: ['*'], filter: { 'metadata.actor': 'a' } })).toEqual({});
    expect(filterWarnings({ eventTypes: ['*'], filter: null })).toEqual({});
    expect(warned(['order.created'], { 'data.customer.id': 'c-1' })).toBeUndefined();
  });

  it('say that personal data is sealed', () => {
    for (const field of [
      'data.customer.email',
      'data.customer.name',
      'data.shippingAddress.city',
      'data.to',
    ]) {
      const { warnings } = filterWarnings({ eventTypes: ['order.created'], filter: { [field]: 'a' } });
      expect(warnings).toEqual([
        { field, eventTypes: ['order.created'], detail: expect.stringContaining('sealed') },
      ]);
    }
  });

  it('say what follows: an absent field equals null', () => {
    const detailOf = (wanted: EventFilter[string]) =>
      filterWarnings({ eventTypes: ['order.created'], filter: { 'data.reason': wanted } }).warnings?.[0]
        ?.detail;
    expect(detailOf('late')).toBe(
      'Events of these types have no data.reason, so that none of them is delivered.',
    );
    for (const wanted of [null, ['late', null]])
      expect(detailOf(wanted)).toBe(
        'Events of these types have no data.reason, which equals null, so that all of them meet this condition.',
      );
  });
});
