import { PartitionReader } from './partition-reader.js';
import { StopSignal } from './stop-signal.js';
import { FakeTimers } from './testing/fake-timers.fixture.js';
import { InMemoryLog } from './testing/in-memory-log.fixture.js';

const LIMITS = { tailEvents: 4, batchEvents: 3, tailSilenceMs: 1_000 };

function setUp(history: number) {
  const log = new InMemoryLog('orders', 0, 2);
  for (let index = 0; index < history; index++) log.append('s');
  const timers = new FakeTimers();
  const reader = new PartitionReader(log, log.end, log, timers, LIMITS);
  const publish = (count: number) => {
    const first = log.end;
    const events = Array.from({ length: count }, () => log.append('s'));
    reader.append({ first, events, next: log.end });
  };
  return { log, timers, reader, publish, stop: new StopSignal() };
}

async function readAll(reader: PartitionReader, from: number, end: number): Promise<number[]> {
  const offsets: number[] = [];
  for (let next = from; next < end; ) {
    const batch = await reader.read(next, new StopSignal());
    if (!batch) break;
    offsets.push(...batch.events.map(({ position }) => position.offset));
    next = batch.next;
  }
  return offsets;
}

const upTo = (from: number, end: number) => Array.from({ length: end - from }, (_, index) => from + index);

describe('partition reader', () => {
  it('has no gap and no repeat between history and tail', async () => {
    const { log, reader, publish } = setUp(5);
    publish(3);
    expect(await readAll(reader, 0, log.end)).toEqual(upTo(0, 8));
    // Below the tail's beginning from the log, the rest from memory: offsets 5 to 7 were not read again.
    expect(log.reads).toEqual([0, 2, 4]);
  });

  it('serves who is caught up from memory', async () => {
    const { log, reader, publish, stop } = setUp(5);
    const waiting = reader.read(5, stop);
    publish(2);
    expect((await waiting)?.events.map(({ position }) => position.offset)).toEqual([5, 6]);
    expect(log.reads).toEqual([]);
  });

  it('sends who fell out of the bounded tail back to history', async () => {
    const { log, reader, publish } = setUp(5);
    for (let index = 0; index < 20; index++) publish(1);
    expect(await readAll(reader, 5, log.end)).toEqual(upTo(5, 25));
    expect(log.reads.length).toBeGreaterThan(0);
    expect(Math.max(...log.reads)).toBeLessThan(21);
  });

  it('goes round a gap in the tail by way of history', async () => {
    const { log, reader, publish } = setUp(2);
    publish(2);
    log.append('s');
    log.append('s');
    reader.restart(log.end);
    publish(1);
    expect(await readAll(reader, 0, log.end)).toEqual(upTo(0, 7));
  });

  it('notices by itself that the tail has a gap', async () => {
    const { log, reader, publish } = setUp(2);
    publish(1);
    log.append('s');
    log.append('s');
    publish(2);
    expect(await readAll(reader, 2, log.end)).toEqual([2, 3, 4, 5, 6]);
  });

  it('ignores what the tail is told twice', async () => {
    const { log, reader, publish } = setUp(0);
    publish(1);
    log.append('s');
    reader.append({ first: 0, events: log.events, next: 2 });
    expect(await readAll(reader, 0, 2)).toEqual([0, 1]);
  });

  it('passes over offsets without an event, also at the end', async () => {
    const { log, reader, stop } = setUp(1);
    log.appendControlRecord();
    const behindControlRecord = new PartitionReader(log, log.end, log, new FakeTimers(), LIMITS);
    expect((await behindControlRecord.read(1, stop))?.next).toBe(2);
    const event = log.append('s');
    reader.append({ first: log.end - 1, events: [event], next: log.end });
    expect(await readAll(reader, 0, log.end)).toEqual([0, 2]);
  });

  it('asks the log once for feeds that stand at the same offset', async () => {
    const { log, reader, stop } = setUp(5);
    await Promise.all([reader.read(0, stop), reader.read(0, stop), reader.read(2, stop)]);
    expect(log.reads).toEqual([0, 2]);
  });

  it('asks again, without haste, where the log does not give yet what it has', async () => {
    const { log, timers, reader, stop } = setUp(3);
    const whole = log.read.bind(log);
    let asked = 0;
    log.read = (from) => (++asked < 3 ? Promise.resolve({ events: [], next: from.offset }) : whole(from));
    const reading = reader.read(0, stop);
    await timers.advance(50);
    expect(asked).toBe(1);
    await timers.advance(200);
    expect((await reading)?.next).toBe(2);
  });

  it('continues a tail that has fallen silent from the log, once for all, and without a repeat', async () => {
    const { log, timers, reader, publish, stop } = setUp(2);
    reader.start();
    const waiting = [reader.read(2, stop), reader.read(2, stop)];
    const unseen = [log.append('s'), log.append('s')];
    await timers.advance(1_500);
    for (const batch of await Promise.all(waiting)) expect(batch?.events).toEqual(unseen);
    expect(log.reads.filter((offset) => offset === 2)).toHaveLength(1);
    // The one who was held up comes late with the same.
    reader.append({ first: 2, events: unseen, next: log.end });
    publish(1);
    expect(await readAll(reader, 2, log.end)).toEqual([2, 3, 4]);
    reader.stop();
  });

  it('leaves the log alone while the tail is coming', async () => {
    const { log, timers, reader, publish } = setUp(0);
    reader.start();
    for (let index = 0; index < 20; index++) {
      publish(1);
      await timers.advance(400);
    }
    expect(log.reads).toEqual([]);
    reader.stop();
  });

  it('stops waiting when stopped', async () => {
    const { reader, stop } = setUp(3);
    const waiting = reader.read(3, stop);
    stop.stop();
    expect(await waiting).toBeUndefined();
  });
});
