import type { RecordedEvent } from '#libs/kernel';
import { counterDecider, counterEvent } from '../../testing/counter.fixture.js';
import { InMemoryStateStore } from '../../testing/in-memory-state-store.js';
import { StaleStateError } from './state-store.js';
import { applyToRecord, emptyRecord } from './stream-record.js';
import { type StateLimits, StateCache, UnsavedBytes } from './state-cache.js';

const PLACE = { topic: 'counters', partition: 0 };
const claimOf = (claim: number) => ({ ...PLACE, claim });
const ROOMY: StateLimits = { maxCachedBytes: 1e6, maxUnsavedBytes: 1e6, saveAfterStreams: 1_000 };
/** Room for two streams or so. */
const CROWDED: StateLimits = { ...ROOMY, maxCachedBytes: 1_400 };

describe('the states of a partition', () => {
  let store: InMemoryStateStore;
  let log: RecordedEvent[];
  beforeEach(() => {
    store = new InMemoryStateStore();
    log = [];
  });

  async function open(limits: StateLimits = ROOMY, claim = 1) {
    const states = new StateCache(counterDecider, store, limits);
    await states.open(claimOf(claim));
    return states;
  }
  type States = Awaited<ReturnType<typeof open>>;

  /** The next event of each stream, as the log has them. */
  const happen = (...streamIds: string[]): RecordedEvent[] =>
    streamIds.map((streamId) => {
      const version = log.filter(({ metadata }) => metadata.streamId === streamId).length + 1;
      const position = { ...PLACE, offset: log.length };
      const event = { ...counterEvent(streamId, version), position } as RecordedEvent;
      log.push(event);
      return event;
    });

  const versionOf = async (states: States, streamId: string) => {
    const known = states.get(streamId) ?? (await states.load([streamId])).get(streamId);
    return known?.stream.version;
  };

  /** The record of a new stream, as a writer that has appended puts it there. */
  function putNew(states: States, streamId: string, tenant = 't'): void {
    const [{ metadata, position, ...event }] = happen(streamId) as [RecordedEvent];
    const own = { ...event, metadata: { ...metadata, tenant } } as never;
    const empty = emptyRecord(counterDecider.initialState);
    states.put(streamId, applyToRecord(counterDecider, empty, own, position.offset), 100);
  }

  it('fold a log with accepted gaps', async () => {
    const states = await open();
    const events = happen('whole', 'headless', 'holed', 'whole', 'headless', 'holed', 'holed');
    const there = events.filter((_, index) => ![1, 5].includes(index));
    await expect((await open()).fold(there)).rejects.toThrow('cannot follow');
    await states.fold(there, true);
    expect(await versionOf(states, 'whole')).toBe(2);
    // As if what is missing had done nothing.
    expect(states.get('holed')?.stream).toMatchObject({ version: 3, tenant: events[0]!.metadata.tenant });
    // Nobody can decide on it, and nobody can begin it again.
    expect(states.get('headless')?.stream).toMatchObject({ version: 2, tenant: '' });
    await states.fold(happen('headless'), true);
    expect(states.get('headless')?.stream).toMatchObject({ version: 3, tenant: '' });
  });

  it.each(['in memory', 'in the store'])(
    'pass over copies of events of streams that are %s',
    async (where) => {
      const states = await open();
      const [first, second] = happen('a', 'a') as [RecordedEvent, RecordedEvent];
      await states.fold([first, second]);
      await states.save();
      const later = where === 'in memory' ? states : await open(CROWDED, 2);
      const copies = [first, second].map((event, index) => ({
        ...event,
        position: { ...PLACE, offset: 2 + index },
      }));
      expect(await later.fold(copies)).toEqual(copies);
      expect(await versionOf(later, 'a')).toBe(2);
      expect(later.nextOffset).toBe(4);
    },
  );

  it('match the log', async () => {
    const states = await open();
    await states.fold(happen('a', 'b', 'a'));
    await states.fold(happen('a'));
    expect([states.get('a')?.stream.version, states.get('b')?.stream.version]).toEqual([3, 1]);
    expect([states.nextOffset, states.size, states.unsaved]).toEqual([4, 2, 2]);
  });

  it('are saved with their offset, and are there for the next owner', async () => {
    const states = await open();
    await states.fold(happen('a', 'b', 'a'));
    states.advanceTo(7);
    await states.save();
    expect(states.unsaved).toBe(0);
    const next = await open(ROOMY, 2);
    expect(next.nextOffset).toBe(7);
    expect(next.missing(['a', 'a', 'unknown'])).toEqual(['a', 'unknown']);
    expect([...(await next.load(['a', 'unknown'])).keys()]).toEqual(['a']);
    expect(await versionOf(next, 'a')).toBe(2);
  });

  describe('that are all in memory', () => {
    it('need no lookup in the store, even for missing streams', async () => {
      const states = await open();
      await states.fold(happen('a', 'b'));
      await states.save();
      expect(states.missing(['a', 'b', 'unknown'])).toEqual([]);
      await states.fold(happen('a', 'b'));
      expect(store.loaded).toEqual([]);
    });

    it('are incomplete once one is evicted or too large to keep', async () => {
      for (const maxCachedBytes of [1_400, 10]) {
        store = new InMemoryStateStore();
        log = [];
        const states = await open({ ...ROOMY, maxCachedBytes });
        await states.fold(happen('a', 'b', 'c', 'd'));
        await states.save();
        expect(states.missing(['a'])).toEqual(['a']);
        expect(await versionOf(states, 'a')).toBe(1);
      }
    });
  });

  it('stay correct when folded, saved, evicted and loaded repeatedly', async () => {
    const states = await open({ ...CROWDED, saveAfterStreams: 2 });
    const streamIds = ['a', 'b', 'c', 'd', 'e'];
    for (let round = 1; round <= 20; round++) {
      for (const streamId of streamIds) await states.fold(happen(streamId));
      await states.fold(happen(...streamIds));
      for (const streamId of streamIds) expect(await versionOf(states, streamId)).toBe(round * 2);
    }
    expect(states.size).toBeLessThan(5);
  });

  it('do not lose a needed record by loading another one needed with it', async () => {
    const states = await open(CROWDED);
    await states.fold(happen('a', 'b', 'c', 'd'));
    await states.save();
    const inMemory = ['a', 'b', 'c', 'd'].filter((streamId) => states.get(streamId));
    expect(inMemory.length).toBeGreaterThan(0);
    await states.fold(happen('a', 'b', 'c', 'd'));
    for (const streamId of ['a', 'b', 'c', 'd']) expect(await versionOf(states, streamId)).toBe(2);
  });

  it('keep changes made during a save', async () => {
    const states = await open();
    await states.fold(happen('a', 'b'));
    const saving = states.save();
    await states.fold(happen('a'));
    await saving;
    expect([states.unsaved, await versionOf(states, 'a')]).toEqual([1, 2]);
    await states.save();
    expect(await versionOf(await open(ROOMY, 2), 'a')).toBe(2);
  });

  describe('while the store is away', () => {
    it('are kept, and saved once it is back', async () => {
      const states = await open();
      await states.fold(happen('a', 'b'));
      store.away = true;
      const saving = states.save();
      await states.fold(happen('a'));
      await expect(saving).rejects.toThrow('away');
      await states.fold(happen('c'));
      expect([states.unsaved, await versionOf(states, 'a')]).toEqual([3, 2]);
      store.away = false;
      await states.save();
      expect(states.full).toBe(false);
      const next = await open(ROOMY, 2);
      for (const [streamId, version] of Object.entries({ a: 2, b: 1, c: 1 }))
        expect(await versionOf(next, streamId)).toBe(version);
    });

    it('are full at their limit, through failures, until they are saved', async () => {
      const states = await open({ ...ROOMY, maxUnsavedBytes: 2_000 });
      store.away = true;
      let streams = 0;
      while (!states.full) {
        putNew(states, `s${streams++}`);
        await expect(states.save()).rejects.toThrow('away');
      }
      expect(streams).toBeLessThan(20);
      store.away = false;
      await states.save();
      expect([states.full, states.unsaved]).toEqual([false, 0]);
    });

    it('keep a reserve for tenants with few unsaved states', async () => {
      const states = await open({ ...ROOMY, maxUnsavedBytes: 10_000 });
      for (let n = 0; !states.isFullFor('greedy'); n++) putNew(states, `greedy-${n}`, 'greedy');
      expect([states.full, states.isFullFor('acme'), states.shouldSaveSoon]).toEqual([false, false, true]);
      putNew(states, 'acme-0', 'acme');
      expect([states.isFullFor('greedy'), states.isFullFor('acme')]).toEqual([true, false]);
      await states.save();
      expect([states.isFullFor('greedy'), states.shouldSaveSoon]).toEqual([false, false]);
    });

    it('share a limit with other partitions, until they are saved or closed', async () => {
      store.away = true;
      const together = new UnsavedBytes(2_000);
      const [ours, theirs] = [await open({ ...ROOMY, together }), await open({ ...ROOMY, together })];
      for (let created = 0; created < 4; created++) putNew(theirs, `theirs-${created}`);
      putNew(ours, 'ours');
      expect([ours.full, theirs.full]).toEqual([true, true]);
      theirs.close();
      expect([ours.full, theirs.full]).toEqual([false, false]);
      store.away = false;
      await ours.save();
      expect(together.used).toBe(0);
      theirs.close();
      expect(together.used).toBe(0);
    });

    it('stop reading the log once full', async () => {
      const states = await open({ ...ROOMY, maxUnsavedBytes: 3_000, saveAfterStreams: 1 });
      store.away = true;
      await states.fold(happen('a'));
      await expect(states.fold(happen('b', 'c', 'd', 'e', 'f'))).rejects.toThrow('away');
    });
  });

  describe('that have changed in the store', () => {
    it.each([
      ['another has saved', () => store.save(claimOf(2), 2, 3, [])],
      ['all was lost', async () => store.clear()],
    ])('say so when they save or load, because %s', async (_, change) => {
      const states = await open();
      await states.fold(happen('a', 'b'));
      await states.save();
      await change();
      await expect(states.load(['a'])).rejects.toBeInstanceOf(StaleStateError);
      expect(states.stale).toBe(true);
      await states.fold(happen('a'));
      await expect(states.save()).rejects.toBeInstanceOf(StaleStateError);
    });

    it('notice that another writer started over after all was lost', async () => {
      const former = await open(ROOMY, 1);
      await former.fold(happen('a'));
      await former.save();
      const states = await open(ROOMY, 2);
      store.clear();
      await open(ROOMY, 3);
      await expect(states.load(['a'])).rejects.toBeInstanceOf(StaleStateError);
    });

    it('restart from the store, without earlier state', async () => {
      const states = await open();
      await states.fold(happen('a', 'b'));
      await states.save();
      await states.fold(happen('a'));
      store.clear();
      await expect(states.save()).rejects.toBeInstanceOf(StaleStateError);
      await states.open(claimOf(2));
      expect([states.stale, states.nextOffset, states.size, states.full]).toEqual([false, 0, 0, false]);
      await states.fold(log);
      await states.save();
      expect(await versionOf(await open(ROOMY, 3), 'a')).toBe(2);
    });

    it('ignore a save that ends after they were reopened', async () => {
      const states = await open();
      await states.fold(happen('a'));
      const late = states.save();
      store.clear();
      await expect(states.load(['a'])).rejects.toBeInstanceOf(StaleStateError);
      await states.open(claimOf(2));
      await late.catch(() => undefined);
      await states.open(claimOf(2));
      await states.fold(log.slice(states.nextOffset));
      await states.save();
      expect(await versionOf(await open(ROOMY, 3), 'a')).toBe(1);
    });
  });

  it('cannot be loaded before they are opened', async () => {
    const states = new StateCache(counterDecider, store, ROOMY);
    await expect(states.load(['a'])).rejects.toThrow('not open');
    await states.save();
  });
});
