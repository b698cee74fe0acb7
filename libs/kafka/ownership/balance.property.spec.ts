import { array, constantFrom, integer, nat, record, uniqueArray } from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { balance } from './balance.js';

const partitionCount = integer({ min: 1, max: 40 });
const members = uniqueArray(
  record({
    memberId: integer({ min: 0, max: 50 }).map(String),
    owned: array(integer({ min: 0, max: 45 }), { maxLength: 40 }),
  }),
  { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 8 },
);
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('balancing partitions', () => {
  itForAll(
    'gives each partition to one member, and every member about the same number',
    [partitionCount, members],
    (count, holders) => {
      const shares = [...balance(range(count), holders).values()];
      expect(shares.flat().toSorted((a, b) => a - b)).toEqual(range(count));
      const sizes = shares.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    },
  );

  itForAll(
    'gives a member the same partitions of each topic, whoever came first',
    [constantFrom(2, 3, 4), nat(), nat()],
    (size, ...firstComers) => {
      const ids = range(size).map((number) => `orderstream-${number + 1}-${number * 7}`);
      const shares = firstComers.map((firstComer) => {
        const alone = [{ memberId: ids[firstComer % size] as string, owned: range(12) }];
        const all = ids.map(
          (memberId) => alone.find((each) => each.memberId === memberId) ?? { memberId, owned: [] },
        );
        return new Map([...balance(range(12), all)].map(([id, own]) => [id, own.toSorted((a, b) => a - b)]));
      });
      expect(shares[0]).toEqual(shares[1]);
      expect(shares[0]?.get(ids[0] as string)).toEqual(
        range(12).filter((partition) => partition % size === 0),
      );
    },
  );

  itForAll('moves nothing if already balanced', [partitionCount, members], (count, holders) => {
    const first = balance(range(count), holders);
    const again = balance(
      range(count),
      [...first].map(([memberId, owned]) => ({ memberId, owned })).toReversed(),
    );
    const sorted = (shares: Map<string, number[]>) =>
      [...shares].map(([id, owned]) => [id, [...owned].toSorted((a, b) => a - b)]).toSorted();
    expect(sorted(again)).toEqual(sorted(first));
  });

  itForAll('moves only what a new member needs', [partitionCount, members], (count, holders) => {
    const before = balance(range(count), holders);
    const after = balance(range(count), [
      ...[...before].map(([memberId, owned]) => ({ memberId, owned })),
      { memberId: 'new', owned: [] },
    ]);
    const moved = [...before].flatMap(([id, owned]) => owned.filter((p) => !after.get(id)?.includes(p)));
    expect(new Set(moved)).toEqual(new Set(after.get('new')));
  });
});
