import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { layoutOf, partitionOf } from './layout.js';

const streams = fc.uniqueArray(fc.uuid(), { minLength: 200, maxLength: 300 });
const laidOut = (ids: readonly string[], count: number) =>
  ids.map((streamId) => ({ streamId, partition: partitionOf(streamId, count) }));

describe('the layout of streams', () => {
  itForAll(
    'is found from the log, however many partitions the topic has now',
    [streams, fc.integer({ min: 1, max: 24 }), fc.integer({ min: 0, max: 24 })],
    { numRuns: 50 },
    (ids, count, more) => expect(layoutOf(laidOut(ids, count), count + more)).toBe(count),
  );

  itForAll(
    'is unknown if it has changed',
    [streams, fc.integer({ min: 2, max: 24 })],
    { numRuns: 50 },
    (ids, count) => {
      const mixed = [...laidOut(ids.slice(0, 100), count), ...laidOut(ids.slice(100), 2 * count)];
      expect(layoutOf(mixed, 2 * count)).toBeUndefined();
    },
  );

  it("is the topic's partition count if there are no events", () => expect(layoutOf([], 12)).toBe(12));
});
