import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { decodeLogCursor, encodeLogCursor, MAX_CURSOR_LENGTH } from './log-cursor.js';

const topic = fc.stringMatching(/^[a-z._-]{1,30}$/);
const offset = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat());
const positions = fc
  .uniqueArray(fc.tuple(topic, fc.array(offset, { minLength: 1, maxLength: 40 })), {
    maxLength: 6,
    selector: ([name]) => name,
  })
  .map((topics) =>
    topics.flatMap(([name, offsets]) =>
      offsets.map((at, partition) => ({ topic: name, partition, offset: at })),
    ),
  );

describe('the cursor of a stream', () => {
  itForAll('comes back as it was', [positions], (places) => {
    const text = encodeLogCursor(places);
    expect(text).toMatch(/^[\w-]+$/);
    expect(decodeLogCursor(text)).toEqual(places);
  });

  it('is not found in what is none, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]*$/)), (text) => {
        expect(decodeLogCursor(text)).toBeUndefined();
      }),
    );
    expect(decodeLogCursor('A'.repeat(MAX_CURSOR_LENGTH + 1))).toBeUndefined();
  });

  itForAll(
    'is not found in one that was cut off, or in which a character is another',
    [positions, fc.nat(), fc.constantFrom('A', 'b', '7', '=')],
    (places, at, character) => {
      const text = encodeLogCursor(places);
      const index = at % text.length;
      expect(decodeLogCursor(text.slice(0, index))).toBeUndefined();
      fc.pre(text[index] !== character);
      expect(decodeLogCursor(text.slice(0, index) + character + text.slice(index + 1))).toBeUndefined();
    },
  );

  it('is not found where a partition is named twice', () => {
    const [a, b] = [
      { topic: 'a', partition: 0, offset: 1 },
      { topic: 'b', partition: 0, offset: 2 },
    ];
    expect(decodeLogCursor(encodeLogCursor([a, b]))).toEqual([a, b]);
    expect(decodeLogCursor(encodeLogCursor([a, b, { ...a, offset: 9 }]))).toBeUndefined();
  });

  it('stays short where there are many partitions', () => {
    const topics = ['carts', 'inventory', 'notifications', 'orders', 'payments', 'webhooks'];
    const places = topics.flatMap((name) =>
      Array.from({ length: 100 }, (_, partition) => ({ topic: name, partition, offset: 123_456_789 })),
    );
    expect(encodeLogCursor(places).length).toBeLessThan(4_000);
  });
});
