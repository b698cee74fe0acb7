import {
  type EventBatch,
  type LogReader,
  LogUnavailableError,
  type Position,
  type SizedEvent,
  systemClock,
} from '#libs/kernel';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventReaders } from '#libs/dispatching';
import { recordedAt, someOrderEvent } from '#libs/testing';
import { ServerSentEvents } from './server-sent-events.js';

/** One partition of orders, all of one tenant. */
class Orders implements Pick<LogReader<SizedEvent>, 'endOffsets' | 'fetch'> {
  readonly pieces: EventBatch<SizedEvent>[] = [];
  readonly reads: number[] = [];
  outage: Error | undefined;
  unreadableAt: number | undefined;
  end = 0;

  endOffsets = async () => [{ topic: 'orders', partition: 0, offset: this.end }];

  async fetch({ topic, partition, offset: first }: Position): Promise<EventBatch<SizedEvent>> {
    this.reads.push(first);
    if (this.outage) throw this.outage;
    const nothing = { topic, partition, first, next: first, events: [] };
    if (first === this.unreadableAt) return { ...nothing, unreadable: 'torn' };
    if (first >= this.end) return nothing;
    const event = { ...recordedAt(someOrderEvent('o', first + 1), 0, first), bytes: 1_000 };
    return { ...nothing, next: first + 1, events: [event] };
  }
}

const LIMITS = {
  pollMs: 5,
  recentEvents: 10,
  recentBytes: 100_000,
  patienceMs: 1_000,
  lingerMs: 0,
  historyReads: 2,
};

describe('the body of an event stream', () => {
  let log: Orders;
  let readers: EventReaders;
  let stop: AbortController;
  let closed: number;
  let text: string;

  beforeEach(() => {
    log = new Orders();
    readers = new EventReaders(log, ['orders'], { clock: systemClock, random: () => 0 }, LIMITS);
    stop = new AbortController();
    closed = 0;
    text = '';
  });
  afterEach(() => readers.stop());

  async function open(
    more: { heartbeatMs?: number; stallMs?: number; maxAgeMs?: number } = {},
  ): Promise<ServerSentEvents> {
    const reader = await readers.open({ tenant: 'tenant', eventTypes: ['*'] }, []);
    return new ServerSentEvents(reader, {
      clock: systemClock,
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

  async function until(condition: () => boolean): Promise<void> {
    for (let n = 0; n < 400 && !condition(); n++) await sleep(5);
    expect(condition()).toBe(true);
  }

  it('begins with a hint and a cursor, tells every event, and ends at the stop', async () => {
    log.end = 2;
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

  it('reads nothing ahead of a client that takes nothing, and gives it up after a time', async () => {
    log.end = 5_000;
    const body = await open({ stallMs: 100 });
    body.read(0);
    await until(() => body.destroyed);
    expect(log.reads.length).toBeLessThan(200);
    expect(closed).toBe(1);
  });

  it('ends when it is old, so that the client shows its key again', async () => {
    const body = read(await open({ heartbeatMs: 20, maxAgeMs: 50 }));
    await until(() => body.destroyed);
    expect(body.readableEnded).toBe(true);
  });

  it('goes on through an outage', async () => {
    log.end = 1;
    log.outage = new LogUnavailableError('away');
    const body = read(await open({ heartbeatMs: 20 }));
    await until(() => text.includes('heartbeat'));
    log.outage = undefined;
    await until(() => text.includes('data: '));
    body.destroy();
  });

  it('tells of a record that cannot be read, and ends before it', async () => {
    log.end = 3;
    log.unreadableAt = 1;
    const body = read(await open());
    await until(() => body.destroyed);
    expect(text.split('"eventId"').length - 1).toBeGreaterThanOrEqual(1);
    expect(text).toMatch(/event: problem\ndata: \{[^\n]*"code":"internal-error"[^\n]*\}\n\n$/);
    expect(text).toContain('orders/0@1');
    expect(text).not.toContain('orders/0@2');
  });
});
