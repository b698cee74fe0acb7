import { FakeClock, InMemoryOrders, SomeTopics, TOPICS } from '#libs/webhook-delivery/testing';
import { formatPosition } from '#libs/kernel';
import type { EventReader } from './event-reader.js';
import { EventReaders } from './event-readers.js';
import { poll } from './long-poll.js';

const INTEREST = { tenant: 'acme', eventTypes: ['*'] };
const LIMITS = {
  pollMs: 50,
  recentEvents: 100,
  recentBytes: 10_000,
  patienceMs: 1_000,
  lingerMs: 30_000,
  historyReads: 2,
};

describe('the readers of a process', () => {
  let log: SomeTopics;
  let clock: FakeClock;
  let readers: EventReaders;
  let stop: AbortSignal;

  beforeEach(() => {
    log = new SomeTopics();
    clock = new FakeClock();
    stop = new AbortController().signal;
    readers = new EventReaders(log, TOPICS, { clock, random: () => 0 }, LIMITS);
  });
  afterEach(() => readers.stop());

  const open = async (eventTypes = ['*']) =>
    readers.open({ ...INTEREST, eventTypes }, await log.endOffsets());

  /** Polls, and lets time pass until there is an answer. */
  async function polled(reader: EventReader, waitMs: number, events = 10): Promise<string[]> {
    const outcome: { places?: string[]; error?: unknown } = {};
    poll(reader, { events, bytes: 1_000, waitMs }, clock, stop).then(
      (found) => (outcome.places = found.map(({ position }) => formatPosition(position))),
      (error: unknown) => (outcome.error = error),
    );
    await clock.until(() => outcome.places !== undefined || outcome.error !== undefined);
    if (outcome.error) throw outcome.error as Error;
    return outcome.places ?? [];
  }

  it('ask the log for nothing while nobody reads, nor long after the last', async () => {
    await clock.advance(60_000);
    expect(log.looks).toBe(0);
    const reader = await open();
    await clock.advance(1_000);
    expect(log.looks).toBeGreaterThan(10);
    readers.close(reader);
    await clock.advance(31_000);
    const { looks } = log;
    await clock.advance(60_000);
    expect(log.looks).toBe(looks);
    expect(readers.knownEnds()).toBeUndefined();
  });

  it('share one tail, which goes on when another comes in time', async () => {
    readers.close(await open());
    await clock.advance(20_000);
    const [one, two] = [await open(), await open()];
    await clock.advance(60_000);
    log.partition(1).append('s');
    expect(await polled(one, 1_000)).toEqual(['orders/0@0']);
    expect(await polled(two, 1_000)).toEqual(['orders/0@0']);
    // Both got it from memory.
    expect(log.partition(1).reads).toEqual([0]);
    expect(readers.lags).toEqual({ tail: 0, readers: 0 });
  });

  it('are answered early, soon after something has come', async () => {
    const reader = await open();
    const began = clock.now();
    const waiting = poll(reader, { events: 10, bytes: 1_000, waitMs: 20_000 }, clock, stop);
    await clock.advance(5_000);
    log.partition(2).append('s');
    await clock.advance(100);
    expect((await waiting).map(({ position }) => formatPosition(position))).toEqual(['orders/1@0']);
    expect(clock.now() - began).toBe(5_100);
  });

  it('are told when the log stays away, and go on when it is back', async () => {
    const reader = await open();
    log.outage = new Error('away');
    const began = clock.now();
    await expect(polled(reader, 20_000)).rejects.toThrow('away');
    expect(clock.now() - began).toBeGreaterThanOrEqual(LIMITS.patienceMs);
    log.partition(0).append('s', 'stock.received');
    log.outage = undefined;
    await clock.advance(300);
    expect(await polled(reader, 1_000)).toEqual(['inventory/0@0']);
  });

  it('hear nothing of a topic that cannot be read and that they have not asked for', async () => {
    const [orders, stock] = [await open(['order.*']), await open(['stock.*'])];
    log.awayTopics.add('inventory');
    log.partition(0).append('s', 'stock.received');
    await expect(polled(stock, 20_000)).rejects.toThrow('inventory is away');
    expect(await polled(orders, 2_000)).toEqual([]);
    log.partition(1).append('s');
    expect(await polled(orders, 1_000)).toEqual(['orders/0@0']);
    log.awayTopics.clear();
    await clock.advance(300);
    expect(await polled(stock, 1_000)).toEqual(['inventory/0@0']);
  });

  it('hear nothing of a topic that is stopped, which holds up those alone who have asked for it', async () => {
    const [orders, stock] = [await open(['order.*']), await open(['stock.*'])];
    log.stoppedTopics.add('inventory');
    await expect(polled(stock, 20_000)).rejects.toThrow('topic inventory is stopped');
    log.partition(1).append('s');
    expect(await polled(orders, 1_000)).toEqual(['orders/0@0']);
    log.stoppedTopics.clear();
    log.partition(0).append('s', 'stock.received');
    await clock.advance(300);
    expect(await polled(stock, 1_000)).toEqual(['inventory/0@0']);
  });

  it('do not hear of an outage that is soon over', async () => {
    const reader = await open();
    const waiting = polled(reader, 3_000);
    log.outage = new Error('away');
    await clock.advance(500);
    log.outage = undefined;
    log.partition(0).append('s', 'stock.received');
    expect(await waiting).toEqual(['inventory/0@0']);
  });

  it('read on elsewhere while one topic does not answer, and are told of that if they want it', async () => {
    const [stock, all] = [await open(['stock.*']), await open()];
    log.partition(1).outage = new Error('another topic');
    log.partition(1).append('s');
    await clock.advance(5_000);
    const waiting = polled(stock, 3_000);
    await clock.advance(500);
    log.partition(0).append('s', 'stock.received');
    expect(await waiting).toEqual(['inventory/0@0']);
    expect(await polled(all, 100)).toEqual(['inventory/0@0']);
    await expect(polled(all, 100)).rejects.toThrow('another topic');
    log.partition(1).outage = undefined;
    await clock.advance(500);
    expect(await polled(all, 100)).toEqual(['orders/0@0']);
  });

  it('cannot begin while the log is away', async () => {
    log.outage = new Error('away');
    await expect(readers.open(INTEREST, [])).rejects.toThrow('away');
    log.outage = undefined;
    expect(await polled(await open(), 100)).toEqual([]);
  });

  it.each([
    ['that comes', false],
    ['of history', true],
  ])('stop before a record %s that cannot be read, and go on with other partitions', async (_, isOld) => {
    log.partition(1).unreadable.set(1, 'it is torn');
    const append = () => log.partition(1).append('s');
    const reader = isOld ? undefined : await open();
    for (let n = 0; n < 3; n++) append();
    const late = reader ?? (await readers.open(INTEREST, []));
    expect(await polled(late, 1_000)).toEqual(['orders/0@0']);
    expect(await polled(late, 1_000)).toEqual([]);
    expect(late.obstacle).toEqual({ position: 'orders/0@1', reason: 'it is torn' });
    log.partition(2).append('s');
    await clock.advance(100);
    expect(await polled(late, 1_000)).toEqual(['orders/1@0']);
    // Who asks for nothing in that topic is not concerned.
    const other = await readers.open({ ...INTEREST, eventTypes: ['stock.*'] }, []);
    expect(await polled(other, 100)).toEqual([]);
    expect(other.obstacle).toBeUndefined();
    // Code that can read it has come.
    log.partition(1).unreadable.clear();
    await clock.advance(2_000);
    expect(await polled(late, 1_000)).toEqual(['orders/0@1', 'orders/0@2']);
    expect(late.obstacle).toBeUndefined();
  });

  describe('are answered in time though the log is slow', () => {
    let answer: () => void;
    let slow: Promise<void>;
    beforeEach(() => {
      slow = new Promise((resolve) => {
        answer = resolve;
      });
    });

    it('with what was found elsewhere, and lose nothing of what comes late', async () => {
      log.partition(1).append('s');
      log.partition(2).append('s');
      log.partition(2).answers = slow;
      const reader = await readers.open(INTEREST, []);
      const began = clock.now();
      expect(await polled(reader, 20_000)).toEqual(['orders/0@0']);
      expect(clock.now() - began).toBe(100);
      const { cursor } = reader;
      answer();
      await clock.advance(100);
      expect(reader.cursor).toBe(cursor);
      expect(await polled(reader, 1_000)).toEqual(['orders/1@0']);
    });

    it('and are told that there may be more, if they have heard of nothing', async () => {
      log.partition(1).append('s');
      log.partition(1).answers = slow;
      const reader = await readers.open(INTEREST, []);
      const { cursor } = reader;
      const began = clock.now();
      const patience = new AbortController();
      clock.after(5_000, () => patience.abort());
      stop = patience.signal;
      await expect(polled(reader, 0)).rejects.toThrow('orders/0@0 was not read in time');
      expect([clock.now() - began, reader.cursor]).toEqual([5_000, cursor]);
      stop = new AbortController().signal;
      answer();
      expect(await polled(reader, 0)).toEqual(['orders/0@0']);
      // Both polls have waited for the same read.
      expect(log.partition(1).reads).toEqual([0]);
    });

    it('with a cursor past the events of others, where there was nothing else', async () => {
      log.partition(1).append('s', 'order.confirmed', 'another');
      log.partition(2).append('s');
      log.partition(2).answers = slow;
      const reader = await readers.open(INTEREST, []);
      const { cursor } = reader;
      const began = clock.now();
      expect(await polled(reader, 2_000)).toEqual([]);
      expect(clock.now() - began).toBe(2_000);
      expect(reader.cursor).not.toBe(cursor);
    });

    it('when they are stopped, and are idle once the log has answered', async () => {
      log.partition(1).append('s');
      log.partition(1).answers = slow;
      const reader = await readers.open(INTEREST, []);
      const stopped = new AbortController();
      const waiting = poll(reader, { events: 1, bytes: 1_000, waitMs: 20_000 }, clock, stopped.signal);
      await clock.advance(50);
      stopped.abort();
      await expect(waiting).rejects.toThrow('not read in time');
      let isIdle = false;
      void reader.idle.then(() => (isIdle = true));
      await clock.advance(1_000);
      expect(isIdle).toBe(false);
      answer();
      await clock.runPending();
      expect(isIdle).toBe(true);
    });
  });

  it('end when there are other partitions than before; a new one has them all', async () => {
    const reader = await open();
    log.partitions.push(new InMemoryOrders('orders', 2, 3, 10));
    await clock.advance(100);
    expect(reader.ended).toBe(true);
    const next = await readers.open(INTEREST, []);
    log.partition(3).append('s');
    expect(await polled(next, 1_000)).toEqual(['orders/2@0']);
  });

  it('take no more than was asked for, and find the rest by their cursor', async () => {
    for (let n = 0; n < 7; n++) log.partition(1).append('s');
    const reader = await readers.open(INTEREST, []);
    const pages = [await polled(reader, 0, 3), await polled(reader, 0, 3), await polled(reader, 0, 3)];
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(log.partition(1).events.map(({ position }) => formatPosition(position)));
  });
});
