import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import {
  countToRead,
  emptyManifest,
  type ExportedFile,
  type ExportManifest,
  missingFromExport,
  withCommit,
} from './manifest.js';
import { missingIn, type LogRange, type OffsetRanges, withRange } from './offset-ranges.js';

const MOST = 40;
const range: fc.Arbitrary<LogRange> = fc.tuple(fc.nat(MOST), fc.nat(MOST));

const offsetsIn = (ranges: OffsetRanges): number[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index));
const asSet = (ranges: OffsetRanges): number[] => [...new Set(offsetsIn(ranges))].toSorted((a, b) => a - b);

describe('ranges of offsets', () => {
  itForAll('hold what was added, once and in order', [fc.array(range)], (added) => {
    const ranges = added.reduce(withRange, [] as OffsetRanges);
    expect(offsetsIn(ranges)).toEqual(asSet(added));
    for (const [index, [from]] of ranges.entries())
      if (index > 0) expect(from).toBeGreaterThan(ranges[index - 1]![1]);
  });

  itForAll('lack what is in none of them', [fc.array(range), range], (added, wanted) => {
    const ranges = added.reduce(withRange, [] as OffsetRanges);
    const has = new Set(offsetsIn(added));
    expect(offsetsIn(missingIn(ranges, wanted))).toEqual(
      offsetsIn([wanted]).filter((offset) => !has.has(offset)),
    );
  });
});

const at = '2026-01-31T12:00:00.000Z';
const PARTITIONS = 3;

function read(manifest: ExportManifest, partition: number, part: LogRange): ExportManifest {
  const file: ExportedFile = {
    path: `orders/event_type=order.created/day=2026-01-31/part-${manifest.commits + 1}.parquet`,
    topic: 'orders',
    eventType: 'order.created',
    day: '2026-01-31',
    rows: part[1] - part[0],
    bytes: 1,
    partitions: { [partition]: part[1] - part[0] },
  };
  return withCommit(manifest, {
    at,
    topicIds: { orders: 'id' },
    read: [
      { topic: 'orders', partition, range: part, rejected: 0, schemaVersions: { 'order.created': [2, 1] } },
    ],
    files: [file],
    rejectedBytes: 0,
  });
}

describe('runs of an export', () => {
  const run = fc.array(fc.tuple(fc.nat(PARTITIONS - 1), range, fc.nat(MOST)), { maxLength: 12 });

  itForAll('read every wanted offset exactly once, wherever they are ended', [run], (runs) => {
    let manifest = emptyManifest('parquet', at);
    const rows: string[] = [];
    const wanted = new Set<string>();
    for (const [partition, asked, readable] of runs) {
      const missing = missingFromExport(manifest, [{ topic: 'orders', partition, range: asked }]);
      const all = missing.flatMap(({ ranges }) => ranges);
      expect(countToRead(missing)).toBe(offsetsIn(all).length);
      // A run that is killed has committed the beginning of what it wants.
      let left = readable;
      for (const [from, to] of all) {
        const part: LogRange = [from, Math.min(to, from + left)];
        if (part[1] <= from) continue;
        left -= part[1] - from;
        manifest = read(manifest, partition, part);
        for (const offset of offsetsIn([part])) rows.push(`${partition}@${offset}`);
      }
      for (const offset of offsetsIn([asked])) wanted.add(`${partition}@${offset}`);
    }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const rest = missingFromExport(manifest, [{ topic: 'orders', partition, range: [0, MOST] }]);
      for (const part of rest.flatMap(({ ranges }) => ranges)) {
        manifest = read(manifest, partition, part);
        for (const offset of offsetsIn([part])) rows.push(`${partition}@${offset}`);
      }
    }
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows).toHaveLength(PARTITIONS * MOST);
    expect(rows).toEqual(expect.arrayContaining([...wanted]));
    const partitions = Object.values(manifest.topics['orders']?.partitions ?? {});
    expect(partitions).toHaveLength(PARTITIONS);
    for (const { from, to, ranges, rows: count, schemaVersions } of partitions) {
      expect({ from, to, ranges, count }).toEqual({ from: 0, to: MOST, ranges: [[0, MOST]], count: MOST });
      expect(schemaVersions).toEqual({ 'order.created': [1, 2] });
    }
  });
});
