import { setTimeout as sleep } from 'node:timers/promises';
import { accepted, addTo } from '../../testing/counter.fixture.js';
import { LocalPeers, StartedEngines, versionsOf } from '../../testing/engine.fixture.js';
import { UnsteadyLog } from '../../testing/unsteady-log.fixture.js';
import { InMemoryStateStore } from '../../testing/in-memory-state-store.js';

describe('a command engine among others', () => {
  const engines = new StartedEngines();
  const { start } = engines;
  afterEach(() => engines.release());

  it('forwards commands it does not own, and hands over without failing any', async () => {
    const log = new UnsteadyLog(2);
    const range = Array.from({ length: 20 }, (_, index) => addTo(`s${index}`, 10));
    const shared = { store: new InMemoryStateStore(), localPeers: new LocalPeers() };
    const a = await start(log, { ...shared, partitions: [0, 1] });
    const b = await start(log, { ...shared, partitions: [] });
    await Promise.all(range.map((request) => b.execute(request)));
    const during = range.map((request) => b.execute(request));
    const released = a.release();
    const late = range.map((request) => a.execute(request));
    await released;
    for (const partition of [0, 1]) b.assigned(partition, () => Promise.resolve());
    const results = await Promise.all([...during, ...late]);
    expect(results.every(({ ok }) => ok)).toBe(true);
    for (let i = 0; i < 20; i++) {
      const all = [...log.events(0), ...log.events(1)].filter(
        ({ metadata }) => metadata.streamId === `s${i}`,
      );
      expect(all.map(({ metadata }) => metadata.version)).toEqual([1, 2, 3]);
    }
  });

  it('does not reclaim what it lost while suspended; the new owner decides its commands', async () => {
    const log = new UnsteadyLog(1);
    const shared = { store: new InMemoryStateStore(), localPeers: new LocalPeers() };
    const sleeper = await start(log, { ...shared, partitions: [] });
    sleeper.assigned(0, () => new Promise(() => undefined));
    await sleeper.execute(addTo('s', 10));
    const next = await start(log, { ...shared, partitions: [0] });
    await next.execute(addTo('s', 10));
    const claims = log.claims;
    const woken = sleeper.execute(addTo('s', 10));
    await sleep(60);
    await sleeper.revoked(0);
    expect(await woken).toMatchObject(accepted(3));
    expect(log.claims).toBe(claims);
    expect(versionsOf(log, 's')).toEqual([1, 2, 3]);
  });

  it('refuses in time if the partition has no owner', async () => {
    const engine = await start(new UnsteadyLog(1), { partitions: [] });
    await expect(engine.execute(addTo('s'))).rejects.toMatchObject({ name: 'CommandUnavailableError' });
  });
});
