import { jest } from '@jest/globals';
import { LogUnavailableError, type SizedEvent, SpareTime, systemClock } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
import type { EventReader, Portion } from '../core/event-reader.js';
import { EventReaders } from '../core/event-readers.js';
import { InMemoryLog, InMemoryPartition } from '#libs/testing';
import { someOrderEvent } from '#libs/orders/testing';
import { ServerSentEvents, type SseOptions } from './server-sent-events.js';

const ordersUpTo = (orders: InMemoryPartition<SizedEvent>, end: number): void => {
  while (orders.end < end) orders.put({ ...someOrderEvent('o', orders.end + 1), bytes: 1_000 });
};

const LIMITS = {
  pollMs: 5,
  recentEvents: 10,
  recentBytes: 100_000,
  patienceMs: 1_000,
  lingerMs: 0,
  historyReads: 2,
};

describe('the body of an event stream', () => {
  let orders: InMemoryPartition<SizedEvent>;
  let readers: EventReaders;
  let stop: AbortController;
  let closed: number;
  let text: string;

  beforeEach(() => {
    orders = new InMemoryPartition('orders', 0, 1);
    const log = new InMemoryLog<SizedEvent>([orders]);
    readers = new EventReaders(log, ['orders'], { clock: systemClock, random: () => 0 }, LIMITS);
    stop = new AbortController();
    closed = 0;
    text = '';
  });
  afterEach(() => readers.stop());

  async function open(
    more: Partial<Pick<SseOptions, 'heartbeatMs' | 'stallMs' | 'maxAgeMs' | 'pace' | 'spareTime'>> = {},
    given?: EventReader,
  ): Promise<ServerSentEvents> {
    const reader = given ?? (await readers.open({ tenant: 'tenant', eventTypes: ['*'] }, []));
    return new ServerSentEvents(reader, {
      clock: systemClock,
      tenant: 'tenant',
      spareTime: new SpareTime(systemClock),
      stop: stop.signal,
      heartbeatMs: 10_000,
      stallMs: 10_000,
      maxAgeMs: 60_000,
      onClose: () => {
        closed++;
        readers.close(reader);
      },
      ...more,
    });
  }

  const read = (body: ServerSentEvents) =>
    body.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));

  it('begins with a hint and a cursor, tells every event, and ends at the stop', async () => {
    ordersUpTo(orders, 2);
    const body = read(await open());
    await until(() => text.split('data: ').length === 3);
    expect(text).toMatch(/^retry: \d+\nid: [\w-]+\n\nid: [\w-]+\ndata: \{"eventId"[^\n]*\}\n\nid: /);
    stop.abort();
    await until(() => body.destroyed);
    expect(closed).toBe(1);
  });

  it('sends a comment when there is nothing else, and its cursor when that has moved', async () => {
    const body = read(await open({ heartbeatMs: 20 }));
    await until(() => text.split(': heartbeat').length > 2);
    expect(text).toMatch(/: heartbeat\n\n: heartbeat\n\n/);
    body.destroy();
    await until(() => closed === 1);
  });

  it('pauses while its tenant is in debt, heartbeats apart, and loses nothing', async () => {
    ordersUpTo(orders, 3);
    let counted = 0;
    const pace = {
      pauseMs: 0,
      sent: (events: number) => {
        counted += events;
        pace.pauseMs = 10;
      },
    };
    const body = read(await open({ heartbeatMs: 20, pace }));
    for (let told = 0; told < 3; pace.pauseMs = 0) {
      await until(() => counted > told);
      told = counted;
      const heartbeats = text.split(': heartbeat').length;
      await until(() => text.split(': heartbeat').length > heartbeats + 1);
      expect(counted).toBe(told);
    }
    expect(text.split('data: ').length - 1).toBe(3);
    body.destroy();
    await until(() => closed === 1);
  });

  it('tells no cursor behind events that were read and wait to be written', async () => {
    const events = Array.from({ length: 60 }, (_, offset) => ({
      ...someOrderEvent('o', offset + 1),
      position: { topic: 'orders', partition: 0, offset },
      bytes: 1,
    }));
    const portions: Portion[] = [{ events, cursorAfter: (index) => `after-${index}` }];
    const reader = {
      cursor: 'start',
      ended: false,
      next: async () => {
        const portion = portions.shift();
        if (portion) reader.cursor = 'after-59';
        return portion;
      },
      wait: (ms: number, signal: AbortSignal) => systemClock.sleep(ms, signal),
    };
    const pace = { pauseMs: 0, sent: () => void (pace.pauseMs = 10) };
    const body = read(await open({ heartbeatMs: 20, pace }, reader as unknown as EventReader));
    const lastId = () => text.match(/^id: .*$/gm)?.at(-1);
    await until(() => text.split(': heartbeat').length > 2);
    expect(lastId()).toBe('id: after-49');
    pace.pauseMs = 0;
    await until(() => text.split('data: ').length - 1 === events.length);
    expect(lastId()).toBe('id: after-59');
    body.destroy();
    await until(() => closed === 1);
  });

  it('reads nothing ahead of a client that takes nothing, and gives it up after a time', async () => {
    ordersUpTo(orders, 5_000);
    const body = await open({ stallMs: 100 });
    body.read(0);
    await until(() => body.destroyed);
    expect(orders.reads.length).toBeLessThan(200);
    expect(closed).toBe(1);
  });

  it('writes nothing more once it was stopped, though it had its turn to wait for', async () => {
    ordersUpTo(orders, 2);
    let run = (): void => undefined;
    const spareTime = {
      run: <Value>(_: string, piece: () => Value | Promise<Value>) =>
        new Promise<Value>((resolve) => {
          run = () => resolve(piece());
        }),
    };
    const waits = jest.spyOn(spareTime, 'run');
    const body = read(await open({ spareTime }));
    await until(() => waits.mock.calls.length === 1);
    stop.abort();
    run();
    await until(() => body.destroyed);
    expect([body.readableEnded, text.includes('data: ')]).toEqual([true, false]);
  });

  it('ends when it is old, so that the client shows its key again', async () => {
    const body = read(await open({ heartbeatMs: 20, maxAgeMs: 50 }));
    await until(() => body.destroyed);
    expect(body.readableEnded).toBe(true);
  });

  it('ends in time with nothing to tell, however rare its heartbeats are', async () => {
    const body = read(await open({ heartbeatMs: 600_000, maxAgeMs: 50 }));
    await until(() => body.destroyed);
    expect(body.readableEnded).toBe(true);
  });

  it('goes on through an outage', async () => {
    ordersUpTo(orders, 1);
    orders.outage = new LogUnavailableError('away');
    const body = read(await open({ heartbeatMs: 20 }));
    await until(() => text.includes('heartbeat'));
    orders.outage = undefined;
    await until(() => text.includes('data: '));
    body.destroy();
  });

  it('tells of a record that cannot be read, and ends before it', async () => {
    ordersUpTo(orders, 3);
    orders.unreadable.set(1, 'torn');
    const body = read(await open());
    await until(() => body.destroyed);
    expect(text.split('"eventId"').length - 1).toBeGreaterThanOrEqual(1);
    expect(text).toMatch(/event: problem\ndata: \{[^\n]*"code":"internal-error"[^\n]*\}\n\n$/);
    expect(text).toContain('orders/0@1');
    expect(text).not.toContain('orders/0@2');
  });
});
