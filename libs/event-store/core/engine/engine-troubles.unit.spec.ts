import { setTimeout as sleep } from 'node:timers/promises';
import { deferred, until } from '#libs/kernel/testing';
import { accepted, addTo, refused } from '../../testing/counter.fixture.js';
import { InMemoryStateStore } from '../../testing/in-memory-state-store.js';
import type { WriterObserver } from '../writer/writer-settings.js';
import {
  type CounterEngine,
  type EngineOptions,
  silent,
  StartedEngines,
  startEngine,
  versionsOf,
} from '../../testing/engine.fixture.js';
import { UnsteadyLog } from '../../testing/unsteady-log.fixture.js';

const always = () => Promise.resolve();

describe('the command engine in trouble', () => {
  const engines = new StartedEngines();
  let log: UnsteadyLog;
  let store: InMemoryStateStore;
  beforeEach(() => {
    log = new UnsteadyLog(1);
    store = new InMemoryStateStore();
    failures.length = 0;
  });
  afterEach(() => engines.release());

  const start = (options: EngineOptions = {}) => engines.start(log, { store, ...options });
  const versions = (streamId: string) => versionsOf(log, streamId);
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  const unavailable = { name: 'CommandUnavailableError' };
  const failures: string[] = [];
  const observer: WriterObserver = { ...silent, failed: (_, __, { message }) => failures.push(message) };

  describe('with a small state cache', () => {
    const cramped = { stateBytes: 3_000, limits: { saveAfterStreams: 1, saveMs: 1 } };

    it('decides a command on its own state although others of its batch had to be loaded', async () => {
      const engine = await start(cramped);
      const streamIds = range(12).map((index) => `s${index}`);
      for (let round = 1; round <= 5; round++) {
        const answers = await Promise.all(streamIds.map((streamId) => engine.execute(addTo(streamId))));
        for (const answer of answers) expect(answer).toMatchObject(accepted(round));
        const [end] = await log.endOffsets();
        while ((await store.load('counters', 0, [])).checkpoint !== end?.offset) await sleep(1);
      }
      for (const streamId of streamIds) expect(versions(streamId)).toEqual([1, 2, 3, 4, 5]);
    });

    it('refuses only what it cannot load while the store is down', async () => {
      const engine = await start({ ...cramped, stateBytes: 10_000 });
      for (const index of range(20)) await engine.execute(addTo(`s${index}`, 60));
      await until(() => store.saves > 0);
      store.away = true;
      const old = range(20).map((index) => engine.execute(addTo(`s${index}`, 60)));
      const made = await engine.execute(addTo('new', 1, { newStream: true }));
      expect(made).toMatchObject(accepted(1));
      const told = await Promise.allSettled(old);
      for (const each of told) {
        if (each.status === 'rejected') expect(each.reason).toMatchObject(unavailable);
        else expect(each.value).toMatchObject(refused('counter-too-high'));
      }
      expect(told.map(({ status }) => status)).toContain('rejected');
      store.away = false;
    });
  });

  describe('with a small limit for unsaved states', () => {
    const narrow = { stateBytes: 10_000, limits: { saveMs: 5 } };

    /** @returns the streams whose commands were taken, until there was no more room. */
    async function fill(engine: CounterEngine): Promise<string[]> {
      const taken: string[] = [];
      for (const index of range(100)) {
        const refused = await engine.execute(addTo(`s${index}`, 60)).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refused) {
          expect(refused).toMatchObject(unavailable);
          return taken;
        }
        taken.push(`s${index}`);
      }
      throw new Error('there was room for everything');
    }

    async function expectAllIsWell(engine: CounterEngine, taken: readonly string[]): Promise<void> {
      for (const streamId of taken) {
        expect(await engine.execute(addTo(streamId, 60))).toMatchObject(refused('counter-too-high'));
        expect(versions(streamId)).toEqual([1]);
      }
    }

    /** Asks until commands are taken again; the test's own time limits it. */
    async function untilTaken(engine: CounterEngine): Promise<void> {
      while (!(await engine.execute(addTo('probe', 0)).catch(() => undefined))) await sleep(1);
    }

    it('refuses commands while the store is down, and loses none that it accepted', async () => {
      const engine = await start(narrow);
      store.away = true;
      const taken = await fill(engine);
      expect(taken.length).toBeGreaterThan(0);
      await expect(engine.execute(addTo('another'))).rejects.toMatchObject(unavailable);
      expect(versions('another')).toEqual([]);
      store.away = false;
      await untilTaken(engine);
      await expectAllIsWell(engine, taken);
      await engine.release();
      await expectAllIsWell(await start(), taken);
    });

    it.each([
      ['the answer of a save got lost', () => (store.lostAnswers = 1)],
      ['everything in the store is gone', () => store.clear()],
    ])('takes commands again when the store is back, also when %s', async (_, happen) => {
      const engine = await start(narrow);
      await engine.execute(addTo('first', 60));
      await until(() => store.saves > 0);
      store.away = true;
      const taken = await fill(engine);
      happen();
      store.away = false;
      await untilTaken(engine);
      await expectAllIsWell(engine, ['first', ...taken]);
    });
  });

  describe('whose partition had another owner in the meantime', () => {
    /** Its claims leave markers, so that a later one is known by its place. */
    let marked: UnsteadyLog;
    let noticed: boolean;
    let confirm: () => void;
    beforeEach(() => {
      marked = new UnsteadyLog(1);
      noticed = false;
    });

    /** An engine that is confirmed when the test says so, and says when it finds its states taken. */
    async function startFormer(): Promise<CounterEngine> {
      const failed: WriterObserver['failed'] = (_topic, _partition, { name }) => {
        noticed ||= name === 'StaleStateError';
      };
      const engine = await engines.start(marked, {
        store,
        observer: { ...silent, failed, storeFailed: failed },
        partitions: [],
        commandTimeoutMs: 5_000,
        limits: { saveMs: 5 },
      });
      const confirmed = deferred();
      confirm = confirmed.resolve;
      engine.assigned(0, () => confirmed.promise);
      return engine;
    }

    /** Another engine takes the partition, adds 1 to each of the streams, and ends. */
    async function comeAndGo(...streamIds: string[]): Promise<void> {
      const other = await startEngine(marked, { store });
      for (const streamId of streamIds) await other.execute(addTo(streamId));
      store.away = false;
      await other.release();
    }

    it("claims again and continues from the other owner's state", async () => {
      const former = await startFormer();
      store.away = true;
      await former.execute(addTo('s'));
      await comeAndGo('s');
      await until(() => noticed);
      confirm();
      expect(await former.execute(addTo('s'))).toMatchObject(accepted(3));
    });

    it('resolves its last append although the other owner has saved past it', async () => {
      const former = await startFormer();
      store.away = true;
      await former.execute(addTo('first'));
      marked.faults = ['lost-answer'];
      const answer = former.execute(addTo('s', 30));
      await until(() => marked.events(0).length === 2);
      await comeAndGo('s');
      await until(() => noticed);
      confirm();
      const { position } = marked.events(0)[1] ?? {};
      expect(await answer).toMatchObject({ ok: true, value: { stream: { version: 1 }, position } });
      expect(marked.events(0).map(({ metadata }) => [metadata.streamId, metadata.version])).toEqual([
        ['first', 1],
        ['s', 1],
        ['s', 2],
      ]);
    });
  });

  it('answers in time while its previous writer does not end', async () => {
    const engine = await start();
    log.faults = ['hang'];
    const first = engine.execute(addTo('s'));
    await until(() => log.faults.length === 0);
    void engine.revoked(0);
    engine.assigned(0, always);
    expect(await Promise.allSettled([first, engine.execute(addTo('s'))])).toMatchObject([
      { reason: { name: 'CommandOutcomeUnknownError' } },
      { reason: unavailable },
    ]);
    engines.abandon(); // its writer hangs by intent
  });

  it('accepts no partition after its release', async () => {
    const engine = await start({ partitions: [] });
    await engine.release();
    engine.assigned(0, always);
    expect(engine.partitions).toEqual([]);
    await expect(engine.execute(addTo('s'))).rejects.toMatchObject(unavailable);
    expect(log.claims).toBe(0);
  });

  it('is not ready before it has read the log', async () => {
    log.away = true;
    const engine = await start();
    expect(engine.partitions).toEqual([{ partition: 0, ready: false }]);
    log.away = false;
    await engine.execute(addTo('s'));
    expect(engine.partitions).toEqual([{ partition: 0, ready: true }]);
  });

  it('claims again when another process announces a later claim that this one has not noticed', async () => {
    const told: (() => void)[] = [];
    const peers = {
      announce: (_topic: string, _partition: number, _claim: number, overtaken: () => void) =>
        void told.push(overtaken),
      forward: () => Promise.reject(new Error('there is nobody else')),
    };
    const engine = await start({ peers });
    await engine.execute(addTo('s'));
    const before = log.claims;
    told.at(-1)?.();
    await until(() => told.length === 2);
    expect(log.claims).toBe(before + 1);
    expect(await engine.execute(addTo('s'))).toMatchObject(accepted(2));
  });

  it('can own a partition again after releasing it failed', async () => {
    const make = log.appender.bind(log);
    log.appender = (topic, partition) => ({
      ...make(topic, partition),
      close: () => Promise.reject(new Error('close')),
    });
    const engine = await start({ observer });
    await engine.execute(addTo('s'));
    await engine.revoked(0);
    engine.assigned(0, always);
    expect(await engine.execute(addTo('s'))).toMatchObject(accepted(2));
    expect(failures).toContain('close');
  });

  it('recovers from an error in its timer', async () => {
    const make = log.appender.bind(log);
    let isTroubled = false;
    log.appender = (topic, partition) =>
      Object.defineProperty({ ...make(topic, partition) }, 'renewalDue', {
        get: () => {
          const fails = isTroubled;
          isTroubled = false;
          if (fails) throw new Error('clock');
          return false;
        },
      });
    const engine = await start({ observer });
    await engine.execute(addTo('s'));
    isTroubled = true;
    await until(() => failures.length > 0);
    expect(await engine.execute(addTo('s'))).toMatchObject(accepted(2));
    expect(failures).toEqual(['clock']);
  });
});
