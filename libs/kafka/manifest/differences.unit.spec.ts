import { EVENT_CONTRACTS, EVENT_TOPICS } from '#libs/contracts';
import {
  lossOf,
  missingFrom,
  type PresentTopic,
  schemaDifferences,
  topicDifferences,
} from './differences.js';
import { partitionOf } from './layout.js';
import { type AgreedTopic, LogManifest, parseEntry, schemaEntry, topicEntry } from './log-manifest.js';

const AGREED: AgreedTopic = { topicId: 'first', partitions: 2, begins: { 1: 5 }, passed: ['orders/0@9'] };
const manifest = LogManifest.of([
  topicEntry('orders', { ...AGREED, partitions: 99 }),
  topicEntry('orders', AGREED),
  schemaEntry(7, { type: 'record', name: 'Made', namespace: 'a', fields: [] }),
  schemaEntry(8, { type: 'record', name: 'Gone', namespace: 'a', fields: [] }),
]);
const present = { topic: 'orders', topicId: 'first', partitions: 2, begins: [0, 5] };
const differences = (change: Partial<PresentTopic>) =>
  topicDifferences(manifest, [{ ...present, ...change }]);

const streams = Array.from({ length: 20 }, (_, n) => `stream-${n}`);
const laidOutBy = (count: number) =>
  streams.map((streamId) => ({ streamId, partition: partitionOf(streamId, count) }));
/** Three partitions, where the manifest has two. */
const ofThree = { ...present, partitions: 3, begins: [0, 5, 0], sample: laidOutBy(3) };

describe('differences from the manifest', () => {
  it('are none if nothing has changed', () => expect(differences({})).toEqual([]));

  it('include a topic with more partitions, which blocks nothing', () =>
    expect(differences({ partitions: 4, begins: [0, 5, 0, 0] })).toEqual([
      expect.objectContaining({
        level: 'warn',
        about: 'topic orders',
        is: '4 partitions, of which 2 are in use',
      }),
    ]));

  it('include a missing beginning, with the command to continue', () =>
    expect(differences({ begins: [3, 5] })).toEqual([
      expect.objectContaining({
        level: 'fail',
        promise: 1,
        about: 'orders/0',
        is: 'begins at 3 instead of 0',
        remedy: expect.stringContaining('orderstream log accept orders/0@3'),
      }),
    ]));

  it("do not include the streams' actual layout, or one that no number explains", () => {
    expect(differences({ sample: laidOutBy(2) })).toEqual([]);
    expect(differences({ sample: [...laidOutBy(2), ...laidOutBy(1)] })).toEqual([]);
  });

  it.each([
    ['was made anew', { topicId: 'second' }],
    ['has fewer partitions', { partitions: 1, begins: [0] }],
    ['is not there', { topicId: 'none', partitions: 0, begins: [] }],
    ['has streams that are laid out by another number than the one written down', ofThree],
  ])('is a topic that %s, whose users wait', (_, change) =>
    expect(differences(change)).toEqual([expect.objectContaining({ level: 'fail', stops: 'orders' })]),
  );

  it('include a schema id with another schema or none', () => {
    const other = { type: 'record', name: 'Other', namespace: 'a', fields: [] };
    const found = schemaDifferences(
      manifest,
      new Map([
        [7, other],
        [8, undefined],
      ]),
    );
    expect(found).toEqual([
      expect.objectContaining({
        level: 'fail',
        about: 'schema id 7',
        is: 'of a.Other in the registry, and of a.Made in the log',
      }),
      expect.objectContaining({ level: 'warn', about: 'schema ids 8', is: 'not in the registry' }),
    ]);
    // The same in another order of attributes.
    const same = { namespace: 'a', name: 'Made', fields: [], type: 'record' };
    expect(schemaDifferences(manifest, new Map([[7, same]]))).toEqual([]);
  });
});

describe('the manifest', () => {
  it('says what readers skip', () => {
    expect(manifest.beginOf('orders', 1)).toBe(5);
    expect(manifest.isPassed({ topic: 'orders', partition: 0, offset: 9 })).toBe(true);
    expect([0, 1, 2].map((partition) => manifest.hasGaps({ topic: 'orders', partition }))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('is complete if it has every topic and schema', () => {
    const topics = EVENT_TOPICS.map((topic) => topicEntry(topic, AGREED));
    const schemas = EVENT_CONTRACTS.map(({ schema }, index) => schemaEntry(index + 1, schema));
    expect(missingFrom(LogManifest.of([...topics, ...schemas]))).toBeUndefined();
    expect(missingFrom(LogManifest.of(schemas))).toContain('run "orderstream deploy"');
    expect(missingFrom(LogManifest.of([...topics, ...schemas.slice(1)]))).toContain(
      EVENT_CONTRACTS[0]!.eventType,
    );
  });

  it('ignores foreign records', () => {
    const good = topicEntry('orders', AGREED);
    expect(parseEntry(good.key, JSON.stringify(good.value))).toEqual(good);
    const none = ['', 'garbage', 'null', '{}', JSON.stringify({ ...AGREED, partitions: 0 })];
    for (const text of none) expect(parseEntry('topic/orders', text)).toBeUndefined();
    expect(parseEntry('schema/x', '{"type":"record","name":"Made"}')).toBeUndefined();
    expect(parseEntry('schema/7', '"string"')).toBeUndefined();
  });

  it('is reported when lost, and still applies where it was known', () => {
    const found = LogManifest.of([topicEntry('orders', { ...AGREED, begins: { 1: 7 } })]);
    expect(lossOf(manifest, found)).toEqual([
      expect.objectContaining({ level: 'fail', is: 'has lost 2 entries: schema/7, schema/8' }),
    ]);
    expect(lossOf(found, manifest)).toEqual([]);
    const both = manifest.followedBy(found);
    expect(both.beginOf('orders', 1)).toBe(7);
    expect([...both.schemas.keys()]).toEqual([7, 8]);
  });
});
