import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { formatPosition } from '#libs/kernel';
import { searchTermsOf } from './search-terms.js';

const uuid = fc.uuid();

describe('what a search text may stand for', () => {
  itForAll('is an id, in any case', [uuid], (id) => {
    expect(searchTermsOf(` ${id.toUpperCase()} `).ids).toEqual({ from: id, to: id });
  });

  itForAll(
    'is all ids that it begins, with or without dashes',
    [uuid, fc.integer({ min: 8, max: 31 }), fc.boolean()],
    (id, length, hasDashes) => {
      const digits = id.replaceAll('-', '').slice(0, length);
      const text = hasDashes ? id.slice(0, length) : digits;
      const { ids } = searchTermsOf(text);
      // A short text with dashes may have too few digits.
      if (text.replaceAll('-', '').length < 8) return expect(ids).toBeUndefined();
      expect(ids!.from <= id && id <= ids!.to).toBe(true);
      expect(ids!.from.startsWith(text.slice(0, 8))).toBe(true);
    },
  );

  itForAll(
    'is a position',
    [fc.constantFrom('orders', 'inventory'), fc.nat({ max: 99 }), fc.nat()],
    (topic, partition, offset) => {
      const position = { topic, partition, offset };
      expect(searchTermsOf(formatPosition(position)).position).toEqual(position);
    },
  );

  it.each(['tea-earl-grey', 'c-1', '', 'abc', 'face', 'dead-beefdead', '0123456789abcdef0123456789abcdef0'])(
    'is no id: %j',
    (text) => {
      expect(searchTermsOf(text)).toEqual({ text });
    },
  );
});
