import { describe, expect, it } from '@jest/globals';
import { coveredBy, groupsOf } from './event-type-groups';

const typed = (eventType: string, description = '') => ({
  eventType,
  description,
  topic: 'orders',
  dataSchema: {},
  example: {},
});
const types = [
  typed('order.created'),
  typed('webhook-subscription.paused'),
  typed('order.shipped', 'It left.'),
];

describe('event types', () => {
  it('stand together by what they are about', () => {
    expect(groupsOf(types, '').map(({ pattern, types }) => [pattern, types.length])).toEqual([
      ['order.*', 2],
      ['webhook-subscription.*', 1],
    ]);
  });

  it('are found by name and by description', () => {
    expect(groupsOf(types, ' LEFT ').flatMap((group) => group.types)).toEqual([types[2]]);
  });

  it('are included in chosen patterns, as the API matches them', () => {
    expect(coveredBy('order.created', ['order.*'])).toBe('order.*');
    expect(coveredBy('order.*', ['order.*'])).toBeUndefined();
    expect(coveredBy('order.*', ['*'])).toBe('*');
    expect(coveredBy('webhook.test', ['*'])).toBeUndefined();
    expect(coveredBy('process.stuck', ['*'])).toBeUndefined();
    expect(coveredBy('webhook-subscription.paused', ['webhook.*'])).toBeUndefined();
  });
});
