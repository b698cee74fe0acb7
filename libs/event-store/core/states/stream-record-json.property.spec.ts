import fc from 'fast-check';
import type { DomainEvent } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { type CounterState, counterDecider } from '../../testing/counter.fixture.js';
import { recordOf, type Step, stepsOf } from '../../testing/stream-record.fixture.js';
import type { StreamRecord } from './stream-record.js';
import { recordFromJson, recordToJson } from './stream-record-json.js';

type Members = Readonly<Record<string, unknown>>;
/** Sets some members of the state, and takes others away; all others stay the same objects. */
type Changed = DomainEvent<'changed', { readonly set: Members; readonly unset: readonly string[] }>;
type Replaced = DomainEvent<'replaced'>;

const anyDecider = {
  initialState: {} as unknown,
  evolve: (state: unknown, event: Changed | Replaced): unknown => {
    if (event.type === 'replaced') return event.data;
    const { set, unset } = event.data;
    const kept = Object.entries({ ...(state as Members), ...set }).filter(([name]) => !unset.includes(name));
    return Object.fromEntries(kept);
  },
};

/** Few names, so that they meet; among them those that every object seems to have. */
const name = fc.constantFrom(
  'a',
  'b',
  '1',
  '',
  '__proto__',
  'constructor',
  'toString',
  'whole',
  'parts',
  'unset',
);
/** Values that survive JSON unchanged: JSON has no negative zero. */
const json = fc
  .letrec<{ value: unknown; object: Members }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, 0, 1, '', 'text'),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  }))
  .object.map((object) => JSON.parse(JSON.stringify(object)) as Members);

const changed = fc.record<Changed>({
  type: fc.constant('changed' as const),
  data: fc.record({ set: json, unset: fc.array(name, { maxLength: 3 }) }),
});
const replaced = fc.record<Replaced>({
  type: fc.constant('replaced' as const),
  data: fc.oneof(json, fc.constantFrom<unknown>(null, 1, 'text', [1, { a: 1 }], [])),
});

/** Compares as JSON too, which shows members that object equality may overlook. */
function expectSame<State>(actual: StreamRecord<State>, expected: StreamRecord<State>): void {
  expect(actual).toEqual(expected);
  expect(canonical(actual)).toBe(canonical(expected));
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

describe('a stream record as text', () => {
  const added = fc.nat(5).map((amount) => ({ type: 'counter.added' as const, data: { amount } }));
  itForAll('round-trips for any history of a counter', [stepsOf(added)], { numRuns: 200 }, (steps) => {
    const record: StreamRecord<CounterState> = recordOf(counterDecider, steps);
    expectSame(recordFromJson<CounterState>(recordToJson(record)), record);
  });

  const happened = fc.oneof<fc.Arbitrary<Changed | Replaced>[]>(changed, changed, changed, replaced);
  itForAll('round-trips for any kind of state', [stepsOf(happened)], { numRuns: 500 }, (steps) => {
    const record = recordOf(anyDecider, steps);
    expectSame(recordFromJson(recordToJson(record)), record);
  });

  itForAll(
    'behaves the same after any number of round trips at any point',
    [stepsOf(changed), fc.infiniteStream(fc.boolean())],
    { numRuns: 200 },
    (steps, readBack) => {
      const through = recordOf(anyDecider, steps, (record) =>
        readBack.next().value ? recordFromJson(recordToJson(record)) : record,
      );
      expectSame(through, recordOf(anyDecider, steps));
    },
  );

  type Listed = DomainEvent<'listed', { readonly drop: number; readonly from: number }>;
  const large = 'x'.repeat(1_000);
  const listDecider = {
    initialState: { list: [] as readonly unknown[] },
    evolve: ({ list }: { readonly list: readonly unknown[] }, { data: { drop, from } }: Listed) => ({
      list: [...list.slice(0, from), ...list.slice(from + drop), 1, { large }],
    }),
  };
  const data = fc.record({ drop: fc.nat({ max: 2 }), from: fc.nat({ max: 5 }) });
  const listed = fc.record<Listed>({ type: fc.constant('listed' as const), data });
  itForAll(
    'round-trips for any changes to a list, and stores shared items once',
    [stepsOf(listed), fc.infiniteStream(fc.boolean())],
    { numRuns: 200 },
    (steps, readBack) => {
      const through = recordOf(listDecider, steps, (record) =>
        readBack.next().value ? recordFromJson(recordToJson(record)) : record,
      );
      expectSame(through, recordOf(listDecider, steps));
      expect(recordToJson(through).length).toBeLessThan((steps.length + 1) * (large.length + 1_000));
    },
  );

  it('stores a large shared part once', () => {
    const large: Step<Changed> = {
      event: { type: 'changed', data: { set: { large: { text: 'x'.repeat(10_000) } }, unset: [] } },
      key: 'create',
    };
    const small = Array.from({ length: 100 }, (_, index): Step<Changed> => {
      return { event: { type: 'changed', data: { set: { index }, unset: [] } }, key: `key-${index}` };
    });
    const once = recordToJson(recordOf(anyDecider, [large]));
    const often = recordToJson(recordOf(anyDecider, [large, ...small]));
    expect(often.length).toBeLessThan(once.length + 100 * 300);
  });
});
