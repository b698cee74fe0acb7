import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { JsonScan, MAX_DEPTH, MAX_MEMBERS, MAX_VALUES } from './json-scan.js';

const scanned = (text: string | Buffer, pieces: readonly number[] = []) => {
  const bytes = Buffer.from(text);
  const scan = new JsonScan();
  let at = 0;
  for (const length of [...pieces, bytes.length]) {
    const end = Math.min(bytes.length, at + length);
    const stopped = scan.read(bytes, at, end);
    at = stopped;
    if (stopped < end) break;
  }
  return { end: at, excess: scan.excess };
};

const json = fc.json({ maxDepth: 6 });
const pieces = fc.array(fc.nat(20), { maxLength: 20 });

/** Bytes that matter to it, in any order. */
const noise = fc
  .array(fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', ':', ' ', 'a', '1', 'ü', '\\"', '\\\\'))
  .map((parts) => parts.join(''));

describe('the scan of JSON before it is parsed', () => {
  itForAll(
    'comes to the end of every value, and no further',
    [json, fc.constantFrom('', ',1', ']', '} x'), pieces],
    (text, rest, cuts) => {
      expect(scanned(text + rest, cuts)).toEqual({ end: Buffer.byteLength(text), excess: undefined });
    },
  );

  itForAll('cuts an array as the parser does', [fc.array(json)], (items) => {
    const bytes = Buffer.from(`[${items.join()}]`);
    const found: unknown[] = [];
    for (let start = 1; start < bytes.length; ) {
      const end = new JsonScan().read(bytes, start, bytes.length);
      if (end > start) found.push(JSON.parse(bytes.toString('utf8', start, end)));
      start = end + 1;
    }
    expect(found).toEqual(JSON.parse(bytes.toString()));
  });

  itForAll(
    'never throws, and is the same whatever the pieces in which it reads',
    [noise, pieces],
    (text, cuts) => expect(scanned(text, cuts)).toEqual(scanned(text)),
  );

  it.each([
    ['as deep as is allowed', '['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH), undefined],
    ['too deep', '['.repeat(MAX_DEPTH + 1), /nested/],
    ['too deep by objects', '{"a":'.repeat(MAX_DEPTH + 1), /nested/],
    ['as many elements as are allowed', `[${'1,'.repeat(MAX_MEMBERS - 1)}1]`, undefined],
    ['too many elements', `[${'1,'.repeat(MAX_MEMBERS)}1]`, /fields or elements/],
    ['too many fields', `{${'"a":1,'.repeat(MAX_MEMBERS)}"a":1}`, /fields or elements/],
    ['too many values', `[${`[${'1,'.repeat(99)}1],`.repeat(MAX_VALUES / 100)}1]`, /values/],
    ['brackets in a text', `"${'['.repeat(1_000)}"`, undefined],
    ['commas in a text', `["${','.repeat(100_000)}"]`, undefined],
  ])('knows %s', (_, text, excess) => {
    if (excess) expect(scanned(text).excess).toMatch(excess);
    else expect(scanned(text).excess).toBeUndefined();
  });

  it.each([
    ['objects', '{}', 24],
    ['lists', '[]', 24],
    ['numbers', '1', 4],
    ['texts', JSON.stringify('x'.repeat(100)), 0.08],
  ])('knows about what many %s take when they are parsed', (_, item, times) => {
    const text = `[${`${item},`.repeat(1_000)}${item}]`;
    const scan = new JsonScan();
    scan.read(Buffer.from(text), 0, text.length);
    expect(scan.memoryBytes / text.length / times).toBeCloseTo(1, 1);
  });
});
