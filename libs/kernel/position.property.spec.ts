import fc from 'fast-check';
import { itForAll } from './testing/for-all.js';
import { formatPosition, parsePosition } from './position.js';

const position = fc.record({
  topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}$/),
  partition: fc.nat({ max: 999_999_999 }),
  offset: fc.nat({ max: 999_999_999_999_999 }),
});

describe('a position', () => {
  itForAll('round-trips through its text', [position], (value) =>
    expect(parsePosition(formatPosition(value))).toEqual(value),
  );

  it('rejects any other text', () => {
    for (const text of ['', 'orders', 'orders/1', 'orders/-1@2', 'orders/1@', 'or ders/1@2', 'orders/1@2 ']) {
      expect(parsePosition(text)).toBeUndefined();
    }
  });
});
