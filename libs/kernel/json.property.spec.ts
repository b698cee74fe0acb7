import fc from 'fast-check';
import { itForAll } from './testing/for-all.js';
import { canonicalJson } from './json.js';

/** The same value, with the members of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, turned(member)] as const);
  return Object.fromEntries(members.toReversed());
}

describe('canonical JSON', () => {
  itForAll('does not depend on member order', [fc.jsonValue()], (value) =>
    expect(canonicalJson(turned(value))).toBe(canonicalJson(value)),
  );

  itForAll('loses nothing', [fc.jsonValue()], (value) => {
    const plain: unknown = JSON.parse(JSON.stringify(value));
    expect(JSON.parse(canonicalJson(value))).toEqual(plain);
  });

  it('keeps the order of arrays', () => {
    expect(canonicalJson({ b: [2, 1], a: null })).toBe('{"a":null,"b":[2,1]}');
  });
});
