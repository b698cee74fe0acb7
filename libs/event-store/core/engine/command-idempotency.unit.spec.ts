import { addTo, refused } from '../../testing/counter.fixture.js';
import { type EngineOptions, LocalPeers, StartedEngines, versionsOf } from '../../testing/engine.fixture.js';
import { UnsteadyLog } from '../../testing/unsteady-log.fixture.js';
import { InMemoryStateStore } from '../../testing/in-memory-state-store.js';

describe('a repeated command', () => {
  const engines = new StartedEngines();
  let log: UnsteadyLog;
  beforeEach(() => {
    log = new UnsteadyLog(1);
  });
  afterEach(() => engines.release());

  const start = (options: EngineOptions = {}) => engines.start(log, options);
  const key = { commandId: 'key-1', requestHash: 'hash-1' };
  const ofProcess = { commandId: 'dead-letter f e t', requestHash: null };

  describe.each([
    ['an idempotency key', key],
    ['the id of a process, which sends no hash', ofProcess],
  ])('with %s', (_, id) => {
    it('repeats the first answer, whatever has happened since', async () => {
      const engine = await start();
      const first = await engine.execute(addTo('s', 5, id));
      await engine.execute(addTo('s', 7));
      expect(await engine.execute(addTo('s', 5, { ...id, expectedVersion: 99 }))).toEqual(first);
      expect(await engine.execute(addTo('s', 5, id))).toEqual(first);
      expect(versionsOf(log, 's')).toEqual([1, 2]);
    });

    it('takes effect once when repeats and other commands come together', async () => {
      const engine = await start();
      const requests = [addTo('s', 5, id), addTo('s', 7), addTo('s', 5, id), addTo('s', 5, id)];
      const results = await Promise.all(requests.map((request) => engine.execute(request)));
      expect(results[2]).toEqual(results[0]);
      expect(results[3]).toEqual(results[0]);
      expect(versionsOf(log, 's')).toEqual([1, 2]);
    });

    it.each([true, false])('is known from the log alone, or from what is stored (%j)', async (stored) => {
      const store = new InMemoryStateStore();
      const first = await start({ store });
      const answer = await first.execute(addTo('s', 5, id));
      await first.execute(addTo('s', 7));
      await first.release();
      if (!stored) store.clear();
      const second = await start({ store });
      expect(await second.execute(addTo('s', 5, id))).toEqual(answer);
      expect(versionsOf(log, 's')).toEqual([1, 2]);
    });

    it.each(['lost-answer', 'lost-request', 'rejected'] as const)(
      'has one effect after %s',
      async (fault) => {
        const engine = await start();
        log.faults = [fault];
        const first = await engine.execute(addTo('s', 1, id));
        expect(await engine.execute(addTo('s', 1, id))).toEqual(first);
        expect(versionsOf(log, 's')).toEqual([1]);
      },
    );

    it('takes effect once when its repeat is forwarded', async () => {
      const shared = { store: new InMemoryStateStore(), localPeers: new LocalPeers() };
      const owner = await start(shared);
      const other = await start({ ...shared, partitions: [] });
      const first = await other.execute(addTo('s', 1, id));
      expect(await owner.execute(addTo('s', 1, id))).toEqual(first);
      expect(await other.execute(addTo('s', 1, id))).toEqual(first);
      expect(versionsOf(log, 's')).toEqual([1]);
    });

    it('is scoped to its stream', async () => {
      const engine = await start();
      await engine.execute(addTo('a', 1, id));
      await engine.execute(addTo('b', 1, id));
      expect([versionsOf(log, 'a'), versionsOf(log, 'b')]).toEqual([[1], [1]]);
    });
  });

  it.each([
    [
      'a key comes with a different request',
      key,
      { ...key, requestHash: 'hash-2' },
      'idempotency-key-reused',
    ],
    ["a key is another tenant's", key, { ...key, tenant: 'other' }, 'stream-id-taken'],
    [
      "a process sends a client's key",
      { ...ofProcess, requestHash: 'hash' },
      ofProcess,
      'idempotency-key-reused',
    ],
  ])('is refused where %s', async (_, id, other, code) => {
    const engine = await start();
    await engine.execute(addTo('s', 5, id));
    expect(await engine.execute(addTo('s', 5, other))).toMatchObject(refused(code));
  });
});
