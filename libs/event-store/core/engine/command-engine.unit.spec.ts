import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
import { accepted, addTo, counterEvent, refused } from '../../testing/counter.fixture.js';
import {
  type CounterEngine,
  type EngineOptions,
  StartedEngines,
  versionsOf,
} from '../../testing/engine.fixture.js';
import { UnsteadyLog } from '../../testing/unsteady-log.fixture.js';
import { InMemoryStateStore } from '../../testing/in-memory-state-store.js';
import type { ExpectedVersion } from '../command.js';
import { AdmissionLimiter } from './admission-limiter.js';

describe('the command engine', () => {
  const engines = new StartedEngines();
  let log: UnsteadyLog;
  beforeEach(() => {
    log = new UnsteadyLog(1);
  });
  afterEach(() => engines.release());

  const start = (options: EngineOptions = {}) => engines.start(log, options);

  it('answers with the state in the log', async () => {
    const engine = await start();
    const result = await engine.execute(addTo('s', 5));
    expect(result).toMatchObject(accepted(1, 5));
    // Behind the marker of the claim.
    expect(result).toMatchObject({ value: { position: { offset: 1 } } });
    expect(log.events(0)).toHaveLength(1);
  });

  it('decides concurrent commands one after the other', async () => {
    const engine = await start();
    const results = await Promise.all(Array.from({ length: 150 }, () => engine.execute(addTo('s'))));
    expect(results.filter(({ ok }) => ok)).toHaveLength(100);
    expect(versionsOf(log, 's')).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it('shows a stream to its tenant without a change', async () => {
    const engine = await start();
    await engine.execute(addTo('s', 5));
    const look = (tenant?: string) =>
      engine.execute(addTo('s', 1, { isLook: true, ...(tenant && { tenant }) }));
    expect(await look()).toMatchObject(accepted(1, 5));
    expect(await look('another')).toMatchObject({ ok: true, value: { stream: { version: 0 } } });
    expect(log.events(0)).toHaveLength(1);
  });

  it('recalls the streams that it has in memory for their tenant, and no others', async () => {
    const engine = await start();
    const { tenant } = addTo('s', 5);
    expect(engine.recall('s', tenant)).toBeUndefined();
    await engine.execute(addTo('s', 5));
    expect(engine.recall('s', tenant)).toMatchObject({ version: 1, state: { total: 5 } });
    expect(engine.recall('s', 'another')).toBeUndefined();
    expect((await start({ partitions: [] })).recall('s', tenant)).toBeUndefined();
  });

  it('tells of each stream with new events, but of no repeat, refusal or look', async () => {
    const told: number[] = [];
    const engine = await start({ advanced: ({ version }) => void told.push(version) });
    await engine.execute(addTo('s', 5, { commandId: 'a' }));
    await engine.execute(addTo('s', 1));
    await engine.execute(addTo('s', 5, { commandId: 'a' }));
    await engine.execute(addTo('s', 1, { expectedVersion: 7 }));
    await engine.execute(addTo('s', 1, { isLook: true }));
    expect(told).toEqual([1, 2]);
    expect([engine.owns('s'), (await start({ partitions: [] })).owns('s')]).toEqual([true, false]);
  });

  it('makes ids of its own partitions, if it has some', async () => {
    log = new UnsteadyLog(4);
    const [some, none] = [await start({ partitions: [0, 3] }), await start({ partitions: [] })];
    await until(() => some.partitions.every(({ ready }) => ready));
    const ids = (engine: CounterEngine) => Array.from({ length: 200 }, () => engine.newStreamId());
    const own = ids(some).filter((id) => some.owns(id));
    // One in 65,536 is left to another process.
    expect([own.length >= 199, new Set(own).size]).toEqual([true, own.length]);
    expect(new Set(ids(none)).size).toBe(200);
  });

  it('lets one of many commands win each expected version', async () => {
    const engine = await start();
    await engine.execute(addTo('s'));
    const rivals = Array.from({ length: 20 }, () => engine.execute(addTo('s', 1, { expectedVersion: 1 })));
    const results = await Promise.all(rivals);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const losers = results.filter(({ ok }) => !ok);
    for (const loser of losers) expect(loser).toMatchObject({ problem: { code: 'version-mismatch' } });
  });

  it('accepts a list of versions, or any version of an existing stream', async () => {
    const engine = await start();
    const codeOf = async (expectedVersion: ExpectedVersion) => {
      const result = await engine.execute(addTo('s', 1, { expectedVersion }));
      return result.ok ? 'ok' : result.problem.code;
    };
    expect([await codeOf('any'), await codeOf([]), await codeOf([1])]).toEqual(
      Array(3).fill('version-mismatch'),
    );
    expect(await codeOf([7, 0])).toBe('ok');
    expect([await codeOf([]), await codeOf([2, 3])]).toEqual(Array(2).fill('version-mismatch'));
    expect([await codeOf('any'), await codeOf([1, 2]), await codeOf(3)]).toEqual(Array(3).fill('ok'));
  });

  it.each([
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800'],
    ['too many characters', 'a'.repeat(1_001)],
  ])('refuses an id with %s, which no database could hold', async (_, streamId) => {
    const engine = await start();
    expect(await engine.execute(addTo(streamId))).toMatchObject(refused('invalid-request'));
    expect(log.events(0)).toEqual([]);
    expect(await engine.execute(addTo('a'.repeat(1_000)))).toMatchObject(accepted(1));
  });

  it('continues from the log after a restart', async () => {
    log = new UnsteadyLog(2);
    const first = await start();
    await Promise.all(['a', 'b', 'c'].map((streamId) => first.execute(addTo(streamId, 40))));
    await first.release();
    const second = await start();
    expect(await second.execute(addTo('b', 40))).toMatchObject(accepted(2, 80));
    expect(await second.execute(addTo('b', 40))).toMatchObject(refused('counter-too-high'));
  });

  it.each(['rejected', 'fenced', 'lost-request'] as const)(
    'decides anew after an append that was %s',
    async (fault) => {
      const engine = await start();
      await engine.execute(addTo('s', 60));
      log.faults = [fault];
      const pair = await Promise.all([engine.execute(addTo('s', 30)), engine.execute(addTo('s', 30))]);
      expect(pair.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
      expect(versionsOf(log, 's')).toEqual([1, 2]);
      expect(log.claims).toBe(2);
    },
  );

  it('resolves an append whose answer was lost from the log', async () => {
    const engine = await start();
    log.faults = ['lost-answer'];
    expect(await engine.execute(addTo('s', 30))).toMatchObject({
      ok: true,
      value: { stream: { version: 1 }, position: { offset: 1 } },
    });
    expect(await engine.execute(addTo('s', 30))).toMatchObject(accepted(2, 60));
  });

  it('notices foreign writes, and decides again on top of them', async () => {
    const engine = await start();
    await engine.execute(addTo('s', 30));
    log.write(0, counterEvent('s', 2));
    expect(await engine.execute(addTo('other'))).toMatchObject(accepted(1));
    expect(await engine.execute(addTo('s', 30))).toMatchObject(accepted(3, 62));
  });

  it('reports an unknown outcome if an append does not end', async () => {
    const engine = await start();
    log.faults = ['hang'];
    await expect(engine.execute(addTo('s'))).rejects.toMatchObject({ name: 'CommandOutcomeUnknownError' });
    engines.abandon(); // its writer hangs by intent
  });

  it('answers in time while the log is down, and works once it is back', async () => {
    log.away = true;
    const engine = await start();
    await expect(engine.execute(addTo('s'))).rejects.toMatchObject({ name: 'CommandUnavailableError' });
    log.away = false;
    expect(await engine.execute(addTo('s'))).toMatchObject({ ok: true });
    expect(versionsOf(log, 's')).toEqual([1]);
  });

  it.each([
    { maxCommands: 3, maxBytes: 1_000 },
    { maxCommands: 100, maxBytes: 300 },
  ])('refuses more than %j', async (limits) => {
    log.away = true;
    const engine = await start({ admission: new AdmissionLimiter(limits) });
    const commands = Array.from({ length: 5 }, () => engine.execute(addTo('s')));
    const results = await Promise.allSettled(commands);
    const reasons = results.map((result) => (result.status === 'rejected' ? String(result.reason) : ''));
    // A tenant alone has half of the places, rounded up, and of the bytes what is left free.
    expect(reasons.filter((reason) => reason.includes('Too many'))).toHaveLength(3);
  });

  it("decides another tenant's command in the next batch, however many commands one tenant has sent", async () => {
    log.away = true;
    const engine = await start({ limits: { maxBatchEvents: 10 }, commandTimeoutMs: 10_000 });
    const greedy = Array.from({ length: 200 }, (_, n) =>
      engine.execute(addTo(`g${n}`, 1, { tenant: 'greedy' })),
    );
    const own = [1, 2, 3].map((by) => engine.execute(addTo('s', by, { tenant: 'acme' })));
    log.away = false;
    await Promise.all([...greedy, ...own]);
    const streams = log.events(0).map(({ metadata }) => metadata.streamId);
    expect(streams.lastIndexOf('s')).toBeLessThan(10);
    expect(versionsOf(log, 's')).toEqual([1, 2, 3]);
  });

  it('shows a stream to its own tenant only', async () => {
    const engine = await start();
    await engine.execute(addTo('s', 90));
    const foreign = addTo('s', 20, { tenant: 'other' });
    // Decided on an empty stream (90 + 20 would be too high), and still not written into the other's.
    expect(await engine.execute(foreign)).toMatchObject(refused('stream-id-taken'));
    expect(versionsOf(log, 's')).toEqual([1]);
  });

  it('refuses an event that is too large, and accepts the others of its batch', async () => {
    const engine = await start({ limits: { maxBatchBytes: 1_000 } });
    const long = addTo('s', 1, { correlationId: 'x'.repeat(2_000) });
    const results = await Promise.all([
      engine.execute(addTo('a')),
      engine.execute(long),
      engine.execute(addTo('b')),
    ]);
    expect(results).toMatchObject([{ ok: true }, refused('event-too-large'), { ok: true }]);
  });

  it('answers queued commands before it stops', async () => {
    const engine = await start();
    const commands = Array.from({ length: 10 }, (_, index) => engine.execute(addTo(`s${index}`)));
    await engine.release();
    const results = await Promise.all(commands);
    expect(results.every(({ ok }) => ok)).toBe(true);
    await expect(engine.execute(addTo('late'))).rejects.toMatchObject({ name: 'CommandUnavailableError' });
  });

  it('never lets a stream’s time run backwards', async () => {
    let now = 2_000;
    const engine = await start({ clock: { ...systemClock, now: () => now } });
    await engine.execute(addTo('s'));
    now = 1_000;
    await engine.execute(addTo('s'));
    expect(log.events(0).map(({ metadata }) => Date.parse(metadata.occurredAt))).toEqual([2_000, 2_000]);
  });

  describe('after its states are lost', () => {
    it('rebuilds them from the log, and decides as before', async () => {
      const store = new InMemoryStateStore();
      const engine = await start({ store, stateBytes: 2_000, limits: { saveAfterStreams: 2, saveMs: 5 } });
      for (const streamId of ['a', 'b', 'c', 'd', 'e']) await engine.execute(addTo(streamId, 90));
      await sleep(40);
      store.clear();
      for (const streamId of ['a', 'b', 'c', 'd', 'e']) {
        expect(await engine.execute(addTo(streamId, 20))).toMatchObject(refused('counter-too-high'));
      }
    });
  });
});
