import { unfencedProducers } from './fence-record.js';

const marks = { source: '/orderstream/orders', type: 'order.created' };
const by = (producerId: string) => ({ producerId, key: Buffer.from('k'), value: Buffer.from('v'), marks });
const event = by;
const foreign = (producerId: string) => ({ ...by(producerId), marks: undefined });
const marker = (producerId: string) => ({ ...by(producerId), marks: undefined, isControlRecord: true });
const fence = (producerId: string) => ({ producerId, key: null, value: null, marks: undefined });

describe('the unfenced producers', () => {
  it("are those since the last owner's event", () => {
    expect(unfencedProducers('orders', [event('1'), event('2'), marker('3')], '3')).toEqual(['2']);
    expect(unfencedProducers('orders', [event('2'), fence('2'), marker('3')], '3')).toEqual([]);
  });

  it('are still found after a foreign record', () => {
    expect(unfencedProducers('orders', [event('1'), event('2'), foreign('9'), marker('3')], '3')).toEqual([
      '2',
      '9',
    ]);
    // Without a producer id nothing can shut it out.
    expect(unfencedProducers('orders', [event('2'), foreign('-1'), marker('3')], '3')).toEqual(['2']);
  });
});
