import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conditionsOf, filterOf, textOf, valueOf } from './filter-conditions';

const values = fc.oneof(
  fc.string(),
  fc.constantFrom('12', 'true', 'null', '"quoted"', '-0', '1e3', '[]', '{}'),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
);
const fields = fc.stringMatching(/^data\.[a-z]{1,8}$/);

describe('what a person types into a filter', () => {
  it('is read as the value that was shown', () => {
    fc.assert(fc.property(values, (value) => expect(valueOf(textOf(value))).toBe(value)));
  });

  it('leaves a filter as it was, but for a list of one value', () => {
    const conditions = fc.oneof(values, fc.array(values, { minLength: 2, maxLength: 4 }));
    fc.assert(
      fc.property(fc.dictionary(fields, conditions, { minKeys: 1 }), (filter) =>
        expect(filterOf(conditionsOf(filter))).toEqual({ ...filter }),
      ),
    );
  });

  it('counts only with a field and a value', () => {
    expect(filterOf([{ field: ' ', values: ['1'] }])).toBeNull();
    expect(filterOf([{ field: 'data.sku', values: [] }])).toBeNull();
  });
});
