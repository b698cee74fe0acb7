import { type Clock, systemClock } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
import { accepted, addTo } from '../../testing/counter.fixture.js';
import { InMemoryStateStore } from '../../testing/in-memory-state-store.js';
import { StartedEngines } from '../../testing/engine.fixture.js';
import { UnsteadyLog } from '../../testing/unsteady-log.fixture.js';

const PARTITIONS = 12;

describe('an idle command engine', () => {
  const engines = new StartedEngines();
  let log: UnsteadyLog;
  let store: InMemoryStateStore;
  let repeating: number[];
  const clock: Clock = {
    ...systemClock,
    every: (ms, callback) => {
      repeating.push(ms);
      const cancel = systemClock.every(ms, callback);
      return () => {
        repeating.splice(repeating.indexOf(ms), 1);
        cancel();
      };
    },
  };
  beforeEach(() => {
    log = new UnsteadyLog(PARTITIONS);
    store = new InMemoryStateStore();
    repeating = [];
  });
  afterEach(() => engines.release());

  const limits = { sweepMs: 5, renewalLookMs: 1_000, saveMs: 20 };
  const start = () => engines.start(log, { store, clock, limits });
  const isReady = (engine: Awaited<ReturnType<typeof start>>) =>
    engine.partitions.every(({ ready }) => ready);

  it('has one timer, however many partitions it owns', async () => {
    const engine = await start();
    await until(() => isReady(engine));
    await until(() => repeating.length === 1);
    for (const id of 'abcdefgh') await engine.execute(addTo(id));
    expect(repeating.length).toBeGreaterThan(1);
    await until(() => repeating.length === 1);
    expect(repeating).toEqual([limits.renewalLookMs]);
    expect(store.saves).toBeGreaterThan(0);
  });

  it('saves its states once the store is back, though no command comes', async () => {
    const engine = await start();
    await engine.execute(addTo('s'));
    await until(() => store.saves > 0);
    const before = store.saves;
    store.away = true;
    expect(await engine.execute(addTo('s'))).toMatchObject(accepted(2));
    await new Promise((resolve) => setTimeout(resolve, 100));
    store.away = false;
    await until(() => store.saves > before);
    await until(() => repeating.length === 1);
  });

  it('has none once it is released', async () => {
    const engine = await start();
    await engine.execute(addTo('s'));
    await engine.release();
    expect(repeating).toEqual([]);
  });
});
