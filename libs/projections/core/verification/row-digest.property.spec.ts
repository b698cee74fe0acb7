import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { KeyTally } from './key-tally.js';
import { hash64, RowDigest } from './row-digest.js';

const texts = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 30 });

function digestOf(rows: readonly string[]): string {
  const digest = new RowDigest();
  for (const row of rows) digest.add(hash64(row));
  expect(digest.rows).toBe(rows.length);
  return digest.text;
}

describe('the digest of rows', () => {
  const shuffled = texts.chain((rows) =>
    fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
  );
  itForAll('does not depend on their order', [shuffled], ([rows, others]) =>
    expect(digestOf(others)).toBe(digestOf(rows)),
  );

  itForAll('changes when a row changes, goes, or comes twice', [texts, fc.nat()], (rows, index) => {
    const at = index % rows.length;
    const digest = digestOf(rows);
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
    expect(digestOf(rows.with(at, `${rows[at]}!`))).not.toBe(digest);
    expect(digestOf(rows.toSpliced(at, 1))).not.toBe(digest);
    // Twice, so that it would cancel itself out of an exclusive or.
    expect(digestOf([...rows, rows[at]!, rows[at]!])).not.toBe(digest);
  });
});

describe('a tally of keys', () => {
  itForAll(
    'names the keys that are too many, and no other',
    [texts, fc.uniqueArray(fc.string({ minLength: 31 }), { maxLength: 5 })],
    { seed: 1 },
    (keys, surplus) => {
      const tally = new KeyTally();
      for (const key of keys) tally.add(key);
      for (const key of [...surplus, ...keys.toReversed()]) tally.subtract(key);
      expect(tally.size + surplus.length).toBe(0);
      expect([...keys, ...surplus].filter((key) => tally.isSurplus(key))).toEqual(surplus);
    },
  );
});
