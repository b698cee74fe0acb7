import { systemClock } from '#libs/kernel';
import type { CommandRequest } from './command.js';
import { CommandEngine } from './command-engine.js';
import {
  type Add,
  type Added,
  addTo,
  type CounterRejection,
  counterDecider,
  counterEvent,
} from './counter.fixture.js';
import { AppendError, type EventLog, LogUnavailableError, type PartitionAppender } from './event-log.js';
import { InMemoryEventLog } from './in-memory-event-log.js';
import { DEFAULT_WRITER_LIMITS, type WriterLimits, type WriterObserver } from './writer-settings.js';

type Fault = 'rejected' | 'fenced' | 'lost-answer' | 'lost-request' | 'hang';

/** An in-memory log whose next appends fail as told, and which can be away. */
class FaultyLog extends InMemoryEventLog implements EventLog {
  faults: Fault[] = [];
  away = false;

  override appender(topic: string, partition: number): PartitionAppender {
    const inner = super.appender(topic, partition);
    return {
      claim: async () => {
        if (this.away) throw new LogUnavailableError('away');
        return inner.claim();
      },
      close: () => inner.close(),
      append: async (events) => {
        const fault = this.faults.shift();
        if (fault === 'hang') return new Promise(() => undefined);
        if (fault === 'rejected' || fault === 'fenced') throw new AppendError(fault, fault);
        const base = fault === 'lost-request' ? -1 : await inner.append(events);
        if (fault) throw new AppendError('unknown', fault);
        return base;
      },
    };
  }
}

const silent: WriterObserver = {
  recovered: () => undefined,
  appended: () => undefined,
  failed: () => undefined,
};

describe('the command engine', () => {
  const engines: { stop(): Promise<void> }[] = [];
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));

  async function start(log: InMemoryEventLog, limits: Partial<WriterLimits> = {}) {
    const engine = new CommandEngine<number, Add, Added, CounterRejection>(
      { topic: log.topic, decider: counterDecider },
      log,
      log.encode,
      systemClock,
      { ...DEFAULT_WRITER_LIMITS, commandTimeoutMs: 300, sweepMs: 10, maxRecoveryPauseMs: 50, ...limits },
      silent,
    );
    await engine.start();
    engines.push(engine);
    return engine;
  }

  const versions = (log: InMemoryEventLog, streamId: string) =>
    log
      .events(0)
      .filter(({ metadata }) => metadata.streamId === streamId)
      .map(({ metadata }) => metadata.version);

  it('answers with what is in the log', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    const result = await engine.execute(addTo('s', 5));
    expect(result).toMatchObject({
      ok: true,
      value: { stream: { version: 1, state: 5 }, position: { offset: 0 } },
    });
    expect(log.events(0)).toHaveLength(1);
  });

  it('decides commands that come together one after the other', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    const results = await Promise.all(Array.from({ length: 150 }, () => engine.execute(addTo('s'))));
    expect(results.filter(({ ok }) => ok)).toHaveLength(100);
    expect(versions(log, 's')).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it('lets one of many win each expected version', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    await engine.execute(addTo('s'));
    const rivals = Array.from({ length: 20 }, () => engine.execute(addTo('s', 1, { expectedVersion: 1 })));
    const results = await Promise.all(rivals);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const losers = results.filter(({ ok }) => !ok);
    for (const loser of losers) expect(loser).toMatchObject({ problem: { code: 'version-mismatch' } });
  });

  it('goes on from what the log holds when it starts again', async () => {
    const log = new FaultyLog('counters', 2);
    const first = await start(log);
    await Promise.all(['a', 'b', 'c'].map((streamId) => first.execute(addTo(streamId, 40))));
    await first.stop();
    const second = await start(log);
    expect(await second.execute(addTo('b', 40))).toMatchObject({
      ok: true,
      value: { stream: { version: 2, state: 80 } },
    });
    expect(await second.execute(addTo('b', 40))).toMatchObject({
      ok: false,
      problem: { code: 'counter-too-high' },
    });
  });

  it.each(['rejected', 'fenced', 'lost-request'] as const)(
    'after an append that was %s has done nothing',
    async (fault) => {
      const log = new FaultyLog('counters', 1);
      const engine = await start(log);
      await engine.execute(addTo('s', 60));
      log.faults = [fault];
      const pair = await Promise.allSettled([engine.execute(addTo('s', 30)), engine.execute(addTo('s', 30))]);
      expect(pair.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await engine.execute(addTo('s', 40))).toMatchObject({
        ok: true,
        value: { stream: { version: 2, state: 100 } },
      });
      expect(versions(log, 's')).toEqual([1, 2]);
    },
  );

  it('finds in the log what an append did whose answer was lost', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    log.faults = ['lost-answer'];
    expect(await engine.execute(addTo('s', 30))).toMatchObject({
      ok: true,
      value: { stream: { version: 1 }, position: { offset: 0 } },
    });
    expect(await engine.execute(addTo('s', 30))).toMatchObject({
      ok: true,
      value: { stream: { version: 2, state: 60 } },
    });
  });

  it('notices that somebody else has written, and decides anew on what they wrote', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    await engine.execute(addTo('s', 30));
    log.write(0, counterEvent('s', 2));
    expect(await engine.execute(addTo('other'))).toMatchObject({
      ok: true,
      value: { stream: { version: 1 } },
    });
    expect(await engine.execute(addTo('s', 30))).toMatchObject({
      ok: true,
      value: { stream: { version: 3, state: 62 } },
    });
  });

  it('says that the outcome is unknown when an append does not end', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    log.faults = ['hang'];
    await expect(engine.execute(addTo('s'))).rejects.toMatchObject({ name: 'CommandOutcomeUnknownError' });
    engines.length = 0; // its writer hangs by intent
  });

  it('answers in time while the log is away, and works when it is back', async () => {
    const log = new FaultyLog('counters', 1);
    log.away = true;
    const engine = await start(log);
    await expect(engine.execute(addTo('s'))).rejects.toMatchObject({ name: 'CommandUnavailableError' });
    log.away = false;
    expect(await engine.execute(addTo('s'))).toMatchObject({ ok: true });
    expect(versions(log, 's')).toEqual([1]);
  });

  it('refuses more than it may queue', async () => {
    const log = new FaultyLog('counters', 1);
    log.away = true;
    const engine = await start(log, { maxQueued: 3 });
    const commands = Array.from({ length: 5 }, () => engine.execute(addTo('s')));
    const results = await Promise.allSettled(commands);
    const reasons = results.map((result) => (result.status === 'rejected' ? String(result.reason) : ''));
    expect(reasons.filter((reason) => reason.includes('Too many'))).toHaveLength(2);
  });

  it('shows a stream to its own tenant only', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    await engine.execute(addTo('s', 90));
    const foreign: CommandRequest<Add> = addTo('s', 20, { tenant: 'other' });
    // Decided on an empty stream (90 + 20 would be too high), and still not written into the other's.
    expect(await engine.execute(foreign)).toMatchObject({ ok: false, problem: { code: 'stream-id-taken' } });
    expect(versions(log, 's')).toEqual([1]);
  });

  it('refuses an event that would not fit, and takes its neighbours', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log, { maxGroupBytes: 1_000 });
    const long = addTo('s', 1, { correlationId: 'x'.repeat(2_000) });
    const results = await Promise.all([
      engine.execute(addTo('a')),
      engine.execute(long),
      engine.execute(addTo('b')),
    ]);
    expect(results).toMatchObject([
      { ok: true },
      { ok: false, problem: { code: 'event-too-large' } },
      { ok: true },
    ]);
  });

  it('answers what it has before it stops', async () => {
    const log = new FaultyLog('counters', 1);
    const engine = await start(log);
    const commands = Array.from({ length: 10 }, (_, index) => engine.execute(addTo(`s${index}`)));
    await engine.stop();
    const results = await Promise.all(commands);
    expect(results.every(({ ok }) => ok)).toBe(true);
    await expect(engine.execute(addTo('late'))).rejects.toMatchObject({ name: 'CommandUnavailableError' });
  });

  it('never lets a stream’s time run backwards', async () => {
    const log = new FaultyLog('counters', 1);
    let now = 2_000;
    const engine = new CommandEngine(
      { topic: log.topic, decider: counterDecider },
      log,
      log.encode,
      { now: () => now },
      DEFAULT_WRITER_LIMITS,
      silent,
    );
    await engine.start();
    engines.push(engine);
    await engine.execute(addTo('s'));
    now = 1_000;
    await engine.execute(addTo('s'));
    expect(log.events(0).map(({ metadata }) => Date.parse(metadata.occurredAt))).toEqual([2_000, 2_000]);
  });
});
