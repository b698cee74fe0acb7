import { addTo } from '../../testing/counter.fixture.js';
import { FaultyLog, LocalPeers, StartedEngines, versionsOf } from '../../testing/engine.fixture.js';
import { InMemoryStateStore } from '../../testing/in-memory-state-store.js';

describe('a repeated command', () => {
  const engines = new StartedEngines();
  const { start } = engines;
  afterEach(() => engines.release());

  describe('with an idempotency key', () => {
    const key = { commandId: 'key-1', requestHash: 'hash-1' };

    it('repeats the first answer, whatever has happened since', async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      const first = await engine.execute(addTo('s', 5, key));
      await engine.execute(addTo('s', 7));
      expect(await engine.execute(addTo('s', 5, { ...key, expectedVersion: 99 }))).toEqual(first);
      expect(versionsOf(log, 's')).toEqual([1, 2]);
    });

    it('takes effect once when repeats come together', async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      const results = await Promise.all([1, 2, 3].map(() => engine.execute(addTo('s', 5, key))));
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
      expect(versionsOf(log, 's')).toEqual([1]);
    });

    it('rejects the key with a different request', async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      await engine.execute(addTo('s', 5, key));
      const other = await engine.execute(addTo('s', 6, { ...key, requestHash: 'hash-2' }));
      expect(other).toMatchObject({ ok: false, problem: { code: 'idempotency-key-reused' } });
    });

    it('reveals nothing to another tenant', async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      await engine.execute(addTo('s', 5, key));
      const foreign = await engine.execute(addTo('s', 5, { ...key, tenant: 'other' }));
      expect(foreign).toMatchObject({ ok: false, problem: { code: 'stream-id-taken' } });
    });

    const sources = [true, false].flatMap((stored) =>
      [key, { ...key, requestHash: null }].map((id) => ({ stored, ...id })),
    );
    it.each(sources)(
      'knows it from the log alone, or from what is stored (%j)',
      async ({ stored, ...id }) => {
        const log = new FaultyLog('counters', 1);
        const store = new InMemoryStateStore();
        const first = await start(log, { store });
        const answer = await first.execute(addTo('s', 5, id));
        await first.execute(addTo('s', 7));
        await first.release();
        if (!stored) store.clear();
        const second = await start(log, { store });
        expect(await second.execute(addTo('s', 5, id))).toEqual(answer);
        expect(versionsOf(log, 's')).toEqual([1, 2]);
      },
    );
  });

  describe('with the id of a process, which sends no hash', () => {
    const id = { commandId: 'dead-letter f e t', requestHash: null };

    it('takes effect once, and repeats the first answer', async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      const first = await engine.execute(addTo('s', 1, id));
      await engine.execute(addTo('s', 7));
      expect(await engine.execute(addTo('s', 1, id))).toEqual(first);
      expect(versionsOf(log, 's')).toEqual([1, 2]);
    });

    it('takes effect once when repeats and other commands come together', async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      const requests = [addTo('s', 1, id), addTo('s', 7), addTo('s', 1, id), addTo('s', 1, id)];
      const results = await Promise.all(requests.map((request) => engine.execute(request)));
      expect(results[2]).toEqual(results[0]);
      expect(results[3]).toEqual(results[0]);
      expect(versionsOf(log, 's')).toEqual([1, 2]);
    });

    it.each(['lost-answer', 'lost-request', 'rejected'] as const)(
      'has one effect after %s',
      async (fault) => {
        const log = new FaultyLog('counters', 1);
        const engine = await start(log);
        log.faults = [fault];
        const first = await engine.execute(addTo('s', 1, id));
        expect(await engine.execute(addTo('s', 1, id))).toEqual(first);
        expect(versionsOf(log, 's')).toEqual([1]);
      },
    );

    it('takes effect once when its repeat is forwarded', async () => {
      const log = new FaultyLog('counters', 1);
      const shared = { store: new InMemoryStateStore(), localPeers: new LocalPeers() };
      const owner = await start(log, shared);
      const other = await start(log, { ...shared, partitions: [] });
      const first = await other.execute(addTo('s', 1, id));
      expect(await owner.execute(addTo('s', 1, id))).toEqual(first);
      expect(await other.execute(addTo('s', 1, id))).toEqual(first);
      expect(versionsOf(log, 's')).toEqual([1]);
    });

    it('is scoped to its stream', async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      await engine.execute(addTo('a', 1, id));
      await engine.execute(addTo('b', 1, id));
      expect([versionsOf(log, 'a'), versionsOf(log, 'b')]).toEqual([[1], [1]]);
    });

    it("is distinct from a client's key", async () => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      await engine.execute(addTo('s', 1, { ...id, requestHash: 'hash' }));
      const other = await engine.execute(addTo('s', 1, id));
      expect(other).toMatchObject({ ok: false, problem: { code: 'idempotency-key-reused' } });
    });
  });
});
