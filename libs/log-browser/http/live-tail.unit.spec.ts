import { setTimeout as sleep } from 'node:timers/promises';
import { type SizedEvent, systemClock } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { LiveTail } from './live-tail.js';

const event = (offset: number, tenant = 'acme', text = ''): SizedEvent => ({
  type: 'order.confirmed',
  data: { offset, text },
  metadata: someMetadata({ tenant }),
  position: { topic: 'orders', partition: 0, offset },
  bytes: 1_500,
});
const events = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => event(from + n));

describe('the live tail of the log', () => {
  let closed: number;
  const stop = () => new AbortController();
  const tailWith = (given: Partial<ConstructorParameters<typeof LiveTail>[0]> = {}) =>
    new LiveTail({
      clock: systemClock,
      tenant: 'operations',
      spareTime: { run: async (_, piece) => piece() },
      matches: () => true,
      show: (document) => document,
      open: (text) => text,
      stop: stop().signal,
      heartbeatMs: 60_000,
      stallMs: 60_000,
      maxAgeMs: 60_000,
      onClose: () => closed++,
      ...given,
    });
  beforeEach(() => {
    closed = 0;
  });

  /** Reads what there is. */
  async function textOf(tail: LiveTail): Promise<string> {
    let text = '';
    for (;;) {
      const piece = tail.read() as Buffer | null;
      if (piece !== null) text += piece.toString();
      else if (text !== '') return text;
      await sleep(1);
    }
  }
  const offsetsIn = (text: string): number[] =>
    [...text.matchAll(/^data: (\{"eventId.*)$/gm)].map(([, json]) => JSON.parse(json!).data.offset);

  it('has what matches, in order', async () => {
    const tail = tailWith({ matches: ({ metadata }) => metadata.tenant === 'acme' });
    tail.offer([event(1), event(2, 'other'), event(3)]);
    await sleep(5);
    const text = await textOf(tail);
    expect(text).toMatch(/^retry: 2000\n\n/);
    expect(offsetsIn(text)).toEqual([1, 3]);
    tail.destroy();
  });

  it('drops the oldest where a client reads too slowly, and says how many', async () => {
    const tail = tailWith();
    let seen = '';
    // Nobody reads while they come.
    for (let at = 0; at < 2_000; at += 100) tail.offer(events(at, at + 100));
    await sleep(5);
    for (let n = 0; n < 200 && !offsetsIn(seen).includes(1_999); n++) seen += await textOf(tail);
    const [, dropped] = /event: dropped\ndata: \{"count":(\d+)\}/.exec(seen)!;
    const offsets = offsetsIn(seen);
    expect(offsets.at(-1)).toBe(1_999);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(offsets.length + Number(dropped)).toBe(2_000);
    tail.destroy();
  });

  it('refers to what is too large', async () => {
    const tail = tailWith();
    tail.offer([event(7, 'acme', 'x'.repeat(300_000))]);
    await sleep(5);
    const text = await textOf(tail);
    expect(text.length).toBeLessThan(2_000);
    expect(text).toContain('"download":"/v1/operations/log/orders/0/7"');
    tail.destroy();
  });

  it('ends at its stop or age, once, and lets go of the log', async () => {
    const over = stop();
    for (const tail of [tailWith({ stop: over.signal }), tailWith({ maxAgeMs: 5 })]) {
      tail.resume();
      const ended = new Promise((resolve) => tail.once('close', resolve));
      over.abort();
      await ended;
      tail.offer([event(1)]);
    }
    expect(closed).toBe(2);
  });
});
