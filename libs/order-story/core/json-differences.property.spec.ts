import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { jsonDifferences } from './json-differences.js';

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>;
/** Often alike. */
const pair = fc.oneof(
  fc.tuple(json, json),
  fc.tuple(
    fc.record({ a: json, b: fc.array(json), c: fc.record({ d: json }) }, { requiredKeys: [] }),
    fc.record({ a: json, b: fc.array(json), c: fc.record({ d: json }) }, { requiredKeys: [] }),
  ),
);

const nameOf = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** Makes the differences in a copy of the first document. */
function changed(document: unknown, differences: ReturnType<typeof jsonDifferences>): unknown {
  const root = { document: structuredClone(document) } as Record<string, unknown>;
  // From the last on, so that what is taken out of an array moves nothing else.
  for (const { pointer, ...difference } of differences.toReversed()) {
    const path = ['document', ...pointer.split('/').slice(1).map(nameOf)];
    const last = path.pop() ?? '';
    const parent = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], root);
    if (!('after' in difference)) {
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete (parent as Record<string, unknown>)[last];
    } else
      Object.defineProperty(parent, last, {
        value: difference.after,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return root.document;
}

describe('differences of JSON documents', () => {
  itForAll('lead from one to the other', [pair], ([before, after]) => {
    const found = changed(before, jsonDifferences(before, after));
    expect(JSON.parse(JSON.stringify({ found }))).toEqual(JSON.parse(JSON.stringify({ found: after })));
  });

  itForAll('are none of a document to itself', [json], (document) =>
    expect(jsonDifferences(document, structuredClone(document))).toEqual([]),
  );

  it('name fields by JSON pointers', () => {
    expect(
      jsonDifferences({ 'a/b': { '~': 1 }, c: [1, 2], d: 0 }, { 'a/b': { '~': 2 }, c: [1], e: 5 }),
    ).toEqual([
      { pointer: '/a~1b/~0', before: 1, after: 2 },
      { pointer: '/c/1', before: 2 },
      { pointer: '/d', before: 0 },
      { pointer: '/e', after: 5 },
    ]);
  });
});
