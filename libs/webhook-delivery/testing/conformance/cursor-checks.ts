import type { SavedCursor } from '../../core/ports.js';
import { newId } from '#libs/kernel';
import { ClaimedPartition, cursorAt, type DispatchStoreUnderTest } from './store-under-test.js';

const FAR = 2 ** 45;

export function describeCursors(subject: () => DispatchStoreUnderTest): void {
  let partition: ClaimedPartition;
  let feed: string;
  beforeEach(() => {
    partition = new ClaimedPartition(subject());
    feed = newId();
  });

  const cursorsOf = (...ids: string[]) => partition.cursorsOf(...ids);

  it('start at the end of an unclaimed partition, else at its scanned offset', async () => {
    expect(await partition.take(70)).toBe(70);
    expect(await partition.save({ scannedOffset: 90 })).toBe(true);
    expect(await partition.rival().take(100)).toBe(90);
  });

  it('are unknown at first', async () => {
    await partition.take();
    expect(await partition.active(feed)).toEqual(new Map([[feed, null]]));
    expect(await cursorsOf(feed)).toEqual(new Map());
    expect(await partition.active()).toEqual(new Map());
    expect(await cursorsOf()).toEqual(new Map());
  });

  it('come back as they were saved, many at once', async () => {
    await partition.take();
    const finished = [
      { from: FAR + 1, to: FAR + 5 },
      { from: FAR + 9, to: FAR + 10 },
    ];
    const cursors: Record<string, SavedCursor> = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [
        newId(),
        index % 2 === 0
          ? cursorAt(FAR + index, { finished, previousEventId: newId() })
          : cursorAt(index, { previousEventId: null }),
      ]),
    );
    expect(await partition.save({ scannedOffset: FAR, cursors })).toBe(true);
    expect(await partition.active(...Object.keys(cursors))).toEqual(new Map(Object.entries(cursors)));
  });

  it('that are idle are not listed as active, and move with the scanned offset', async () => {
    await partition.take(10);
    const [moved, awakened] = [newId(), newId()];
    const previousEventId = newId();
    await partition.save({
      scannedOffset: 20,
      cursors: {
        [feed]: cursorAt(15, { idle: true, previousEventId }),
        [moved]: cursorAt(50, { idle: true }),
        [awakened]: cursorAt(15, { idle: true }),
      },
    });
    await partition.save({ scannedOffset: 30, cursors: { [awakened]: cursorAt(25) } });
    expect(await partition.active(feed, moved, awakened)).toEqual(new Map([[awakened, cursorAt(25)]]));
    const gone = newId();
    expect(await cursorsOf(feed, moved, gone)).toEqual(
      new Map([
        [feed, cursorAt(30, { idle: true, previousEventId })],
        [moved, cursorAt(50, { idle: true })],
      ]),
    );
  });

  it('that are no longer served are pinned at the scanned offset of the save', async () => {
    await partition.take(10);
    const [served, other] = [newId(), newId()];
    const idle = cursorAt(5, { idle: true });
    await partition.save({
      scannedOffset: 20,
      cursors: { [feed]: idle, [served]: idle, [other]: cursorAt(7) },
    });
    const changes = { scannedOffset: 30, pinned: [feed, other, newId()] };
    await partition.save(changes);
    // Its answer was lost.
    await partition.save({ ...changes, scannedOffset: 40 });
    expect(await partition.active(feed, served, other)).toEqual(
      new Map([
        [feed, cursorAt(30)],
        [other, cursorAt(7)],
      ]),
    );
    expect((await cursorsOf(served)).get(served)?.watermark).toBe(40);
  });

  it('that nobody serves are pinned, unless the claim has been superseded', async () => {
    await partition.take(10);
    const [served, ahead, other] = [newId(), newId(), newId()];
    const idle = cursorAt(5, { idle: true, previousEventId: newId() });
    const aheadOfAll = cursorAt(50, { idle: true });
    await partition.save({
      scannedOffset: 20,
      cursors: { [feed]: idle, [served]: idle, [ahead]: aheadOfAll, [other]: cursorAt(7) },
    });
    const next = partition.rival();
    await next.take();
    await partition.store.pinOthers(partition.claim, []);
    expect(await partition.active(feed)).toEqual(new Map());
    await next.store.pinOthers(next.claim, [served, other, newId()]);
    await next.save({ scannedOffset: 90 });
    expect(await partition.active(feed, served, ahead, other)).toEqual(
      new Map([
        [feed, { ...idle, watermark: 20, idle: false }],
        [ahead, cursorAt(50)],
        [other, cursorAt(7)],
      ]),
    );
    await next.store.pinOthers(next.claim, []);
    expect(await partition.active(served)).toEqual(
      new Map([[served, { ...idle, watermark: 90, idle: false }]]),
    );
  });

  it('never go back, and neither does the scanned offset', async () => {
    await partition.take();
    await partition.save({ scannedOffset: 50, cursors: { [feed]: cursorAt(40) } });
    const earlier = cursorAt(30, { finished: [{ from: 32, to: 33 }] });
    expect(await partition.save({ scannedOffset: 45, cursors: { [feed]: earlier } })).toBe(true);
    expect(await partition.active(feed)).toEqual(new Map([[feed, cursorAt(40)]]));
    expect(await partition.rival().take()).toBe(50);
  });

  it('go back by a rewind, and no further than that', async () => {
    await partition.take();
    await partition.save({ scannedOffset: 50, cursors: { [feed]: cursorAt(40) } });
    const finished = [{ from: 31, to: 40 }];
    const rewound = cursorAt(30, { finished, rulesRevision: 2, generation: 1 });
    await partition.save({ cursors: { [feed]: rewound } });
    expect(await partition.active(feed)).toEqual(new Map([[feed, rewound]]));
    const late = [cursorAt(45), cursorAt(29, { rulesRevision: 2, generation: 1 })];
    for (const cursor of late) await partition.save({ cursors: { [feed]: cursor } });
    expect(await partition.active(feed)).toEqual(new Map([[feed, rewound]]));
    const further = { ...rewound, watermark: 41, finished: [], idle: true };
    await partition.save({ cursors: { [feed]: further } });
    expect(await cursorsOf(feed)).toEqual(new Map([[feed, { ...further, watermark: 50 }]]));
    const again = cursorAt(35, { rulesRevision: 4, generation: 2 });
    await partition.save({ cursors: { [feed]: again } });
    expect(await partition.active(feed)).toEqual(new Map([[feed, again]]));
  });

  it('that are idle are listed as of the scanned offset when their rules have changed', async () => {
    await partition.take(10);
    const [changed, same, older] = [newId(), newId(), newId()];
    const idle = cursorAt(15, { idle: true, rulesRevision: 3 });
    await partition.save({ scannedOffset: 20, cursors: { [changed]: idle, [same]: idle, [older]: idle } });
    const revisions = new Map([
      [changed, 4],
      [same, 3],
      [older, 2],
      [feed, 1],
    ]);
    expect(await partition.activeBy(revisions)).toEqual(
      new Map([
        [changed, { ...idle, watermark: 20 }],
        [older, { ...idle, watermark: 20 }],
        [feed, null],
      ]),
    );
  });

  it('of other partitions are separate', async () => {
    const { claim } = partition;
    await partition.take();
    await partition.save({ scannedOffset: 5, cursors: { [feed]: cursorAt(5) } });
    for (const place of [{ partition: claim.partition + 1 }, { topic: `${claim.topic}-2` }]) {
      const other = new ClaimedPartition(subject(), { ...claim, ...place });
      expect(await other.take(9)).toBe(9);
      expect(await other.active(feed)).toEqual(new Map([[feed, null]]));
      await other.save({ scannedOffset: 12, cursors: { [feed]: cursorAt(11) } });
    }
    expect(await partition.active(feed)).toEqual(new Map([[feed, cursorAt(5)]]));
  });
}
