import fc from 'fast-check';
import { formatPosition, type Position, topicPartitionKey } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { requiredPositions } from './position-header.js';

const position = fc.record({
  topic: fc.constantFrom('orders', 'inventory'),
  partition: fc.nat({ max: 3 }),
  offset: fc.nat({ max: 999_999_999_999_999 }),
});
const separator = fc.constantFrom(',', ', ', ' ,\t', ',,');

describe('the header of positions', () => {
  itForAll(
    'asks for the last position of each partition, however it is written',
    [fc.array(position, { maxLength: 100 }), separator],
    (positions, between) => {
      const header = positions.map(formatPosition).join(between);
      const last = new Map<string, Position>();
      for (const each of positions.toSorted((a, b) => a.offset - b.offset)) {
        last.set(topicPartitionKey(each), each);
      }
      const read = requiredPositions({ 'orderstream-position': header });
      expect(new Set(read.map(formatPosition))).toEqual(new Set([...last.values()].map(formatPosition)));
    },
  );
});
