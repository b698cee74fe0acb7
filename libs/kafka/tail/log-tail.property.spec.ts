import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type EncodedEvent, EventDecodingError, type LoggedEvent } from '#libs/contracts';
import type { Clock } from '#libs/kernel';
import type { EventRecord } from '../event-record.js';
import { LogTail, type TailSource } from './log-tail.js';

const AT = { topic: 'orders', partition: 0 };
const LEADER = 1;
const BATCH = 3;
/** Each event has one byte. */
const BYTES = 4;

async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await turn();
}

/** Waits last no time at all, but for those that recur, which a test lets pass. */
class HastyClock implements Clock {
  readonly #recurring = new Set<() => void>();
  #now = 0;

  now = (): number => this.#now;
  monotonic = (): number => this.#now;
  after(_: number, callback: () => void): () => void {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }
  every(_: number, callback: () => void): () => void {
    this.#recurring.add(callback);
    return () => this.#recurring.delete(callback);
  }
  async sleep(): Promise<void> {
    await turn();
  }
  pass(ms: number): void {
    this.#now += ms;
    for (const callback of this.#recurring) callback();
  }
}

type Kind = 'event' | 'marker' | 'unreadable';

/** A topic with everything that can be in it, the same in each partition, and brokers that may fail. */
class Brokers {
  readonly records: Kind[] = [];
  readonly #waiting = new Set<() => void>();
  isAway = false;
  /** Whatever is decoded of this partition is never done. */
  undecodable: number | undefined;
  fetches = 0;
  /** Fetches see no more than this, as those of a broker that has not heard of the latest records. */
  visible = 0;

  put(...kinds: readonly Kind[]): number {
    const offset = this.records.length;
    this.records.push(...kinds);
    return offset;
  }

  show(): void {
    this.visible = this.records.length;
    for (const wake of this.#waiting) wake();
  }

  source: TailSource = {
    byLeader: async (places) => {
      if (this.isAway) return { led: new Map(), failed: places };
      return { led: new Map([[LEADER, places]]), failed: [] };
    },
    fetchNew: async (_, from, waitMs) => {
      this.fetches++;
      if (waitMs > 0 && from.every(({ offset }) => this.visible <= offset))
        await Promise.race([new Promise<void>((resolve) => this.#waiting.add(resolve)), turn()]);
      if (this.isAway) throw new Error('away');
      return from.map(({ offset }) =>
        this.#from(offset).map((record) => ({
          ...record,
          isControlRecord: this.records[Number(record.offset)] === 'marker',
          producerId: '1',
          producerEpoch: 0,
        })),
      );
    },
    disconnect: async () => undefined,
  };

  fetch = async ({ offset }: { readonly offset: number }) => {
    await turn();
    if (this.isAway) throw new Error('away');
    const records = this.#from(offset).slice(0, BATCH);
    const { events, failure } = await this.decodeReadable('', 0, records);
    if (!failure) return { ...AT, first: offset, next: offset + records.length, events };
    const at = failure.position.offset;
    return { ...AT, first: offset, next: at, events, unreadable: 'unreadable' };
  };

  decodeReadable = async (_: string, partition: number, records: readonly EventRecord[]) => {
    if (partition === this.undecodable) await new Promise(() => undefined);
    await turns(records.length);
    const events: LoggedEvent[] = [];
    for (const { offset } of records) {
      const kind = this.records[Number(offset)];
      const position = { ...AT, offset: Number(offset) };
      if (kind === 'marker') continue;
      if (kind === 'unreadable')
        return { events, foreign: [], failure: new EventDecodingError(position, 'unreadable') };
      events.push({ position, value: Buffer.alloc(1) } as unknown as LoggedEvent);
    }
    return { events, foreign: [] };
  };

  #from(offset: number): EventRecord[] {
    return Array.from({ length: Math.max(0, this.visible - offset) }, (_, index) => ({
      offset: String(offset + index),
      key: null,
      value: null,
      marks: undefined,
    }));
  }
}

/** Reads as a consumer does, and notes what it gets. */
async function consume(
  tail: LogTail,
  from: number,
  slowness: number,
  stop: AbortSignal,
  seen: number[] = [],
): Promise<number[]> {
  const reader = tail.reader(AT);
  let next = from;
  while (!stop.aborted) {
    try {
      const batch = await reader.read(next, 2, stop);
      if (!batch) break;
      expect(batch.first).toBe(next);
      expect(batch.events.length).toBeLessThanOrEqual(2);
      seen.push(...batch.events.map(({ position }) => position.offset));
      next = batch.unreadable === undefined ? batch.next : batch.next + 1;
      await turns(slowness);
    } catch {
      await turn();
    }
  }
  reader.close();
  return seen;
}

const encoded = (count: number): EncodedEvent[] =>
  Array.from({ length: count }, () => ({ key: Buffer.alloc(0), value: Buffer.alloc(0), headers: {} }));

const move = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('append' as const), events: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('others append' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...([
          'marker',
          'unreadable',
          'claim',
          'release',
          'outage',
          'return',
          'second',
          'turn',
          'turn',
        ] as const),
      ),
    }),
  },
);

describe('the tail of the log', () => {
  it('gives every reader each event once and in order, whoever appends it and whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(move, { maxLength: 40 }),
        fc.array(
          fc.record({ from: fc.nat({ max: 4 }), slowness: fc.oneof(fc.nat({ max: 5 }), fc.constant(12)) }),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        async (moves, readers) => {
          const brokers = new Brokers();
          const clock = new HastyClock();
          const tail = new LogTail(brokers, () => brokers.source, clock, BYTES);
          const stop = new AbortController();
          brokers.put('event', 'event', 'marker', 'event');
          brokers.show();
          const reading = readers.map(({ from, slowness }) => consume(tail, from, slowness, stop.signal));
          for (const each of moves) {
            if (each.do === 'append') {
              const offset = brokers.put(...encoded(each.events).map(() => 'event' as const));
              tail.appended(AT, offset, encoded(each.events));
              if (each.events % 2 === 0) await turn();
              brokers.show();
            } else if (each.do === 'claim') tail.claimed(AT, brokers.put('marker') + 1);
            else if (each.do === 'release') tail.released(AT);
            else if (each.do === 'second') clock.pass(1_000);
            else if (each.do === 'turn') await turn();
            else if (each.do === 'outage') brokers.isAway = true;
            else if (each.do === 'return') brokers.isAway = false;
            else brokers.put(each.do === 'others append' ? 'event' : each.do);
            if (each.do !== 'append') brokers.show();
          }
          brokers.isAway = false;
          for (let round = 0; round < 300; round++) {
            if (round % 10 === 0) clock.pass(1_000);
            await turn();
          }
          stop.abort();
          const events = brokers.records.flatMap((kind, offset) => (kind === 'event' ? [offset] : []));
          for (const [index, seen] of (await Promise.all(reading)).entries())
            expect(seen).toEqual(events.filter((offset) => offset >= readers[index]!.from));
        },
      ),
    );
  });

  it('fetches nothing of what this process appends, but now and then', async () => {
    const brokers = new Brokers();
    const clock = new HastyClock();
    const tail = new LogTail(brokers, () => brokers.source, clock);
    const stop = new AbortController();
    tail.claimed(AT, 0);
    const reading = consume(tail, 0, 0, stop.signal);
    await turns(10);
    const before = brokers.fetches;
    for (let appends = 0; appends < 20; appends++) {
      tail.appended(AT, brokers.put('event'), encoded(1));
      brokers.show();
      await turns(5);
    }
    expect(brokers.fetches).toBe(before);
    clock.pass(1_000);
    await turns(5);
    expect(brokers.fetches).toBe(before + 1);
    stop.abort();
    expect(await reading).toHaveLength(20);
  });

  it('gives a reader all that has gathered meanwhile at once', async () => {
    const brokers = new Brokers();
    const tail = new LogTail(brokers, () => brokers.source, new HastyClock());
    const stop = new AbortController();
    const reader = tail.reader(AT);
    const first = reader.read(0, 4, stop.signal);
    await turns(10);
    for (let appends = 0; appends < 6; appends++) {
      tail.appended(AT, brokers.put('event'), encoded(1));
      await turns(5);
    }
    expect(await first).toMatchObject({ first: 0, next: 1 });
    expect(await reader.read(1, 4, stop.signal)).toMatchObject({ first: 1, next: 5 });
    expect(await reader.read(5, 4, stop.signal)).toMatchObject({ first: 5, next: 6 });
    reader.close();
  });

  it('lets no reader wait for one that stands still, which gets everything later', async () => {
    const brokers = new Brokers();
    const tail = new LogTail(brokers, () => brokers.source, new HastyClock(), BYTES);
    const stop = new AbortController();
    const [slow, quick] = [tail.reader(AT), tail.reader(AT)];
    const first = slow.read(0, 1, stop.signal);
    for (let offset = 0; offset < 4 * BYTES; offset++) {
      const read = quick.read(offset, 1, stop.signal);
      await turns(10);
      brokers.put('event');
      brokers.show();
      expect(await Promise.race([read, turns(50)])).toMatchObject({ first: offset, next: offset + 1 });
    }
    expect(await first).toMatchObject({ first: 0, next: 1 });
    for (let offset = 1; offset < 4 * BYTES; offset++)
      expect(await slow.read(offset, 1, stop.signal)).toMatchObject({ first: offset, next: offset + 1 });
    slow.close();
    quick.close();
  });

  it.each<{ readonly what: string; readonly make: (tail: LogTail, brokers: Brokers) => void }>([
    { what: 'an append of this process that is not announced', make: (_, brokers) => brokers.put('event') },
    {
      what: 'an append of another process, and what follows',
      make: (tail, brokers) => {
        brokers.put('event');
        tail.appended(AT, brokers.put('event'), encoded(1));
      },
    },
    {
      what: 'an event behind an aborted transaction',
      make: (_, brokers) => brokers.put('marker', 'marker', 'event'),
    },
    {
      what: 'an append of a process that has claimed the partition unnoticed',
      make: (_, brokers) => brokers.put('marker', 'event'),
    },
    {
      what: 'an append of a process to which the partition was handed over',
      make: (tail, brokers) => {
        tail.released(AT);
        brokers.put('marker', 'event');
      },
    },
    {
      what: 'what lies before the claim of this process',
      make: (tail, brokers) => {
        tail.released(AT);
        tail.claimed(AT, brokers.put('event', 'marker') + 2);
      },
    },
  ])('gives within a second $what', async ({ make }) => {
    const brokers = new Brokers();
    const clock = new HastyClock();
    const tail = new LogTail(brokers, () => brokers.source, clock);
    const stop = new AbortController();
    tail.claimed(AT, 0);
    const seen: number[] = [];
    const reading = consume(tail, 0, 0, stop.signal, seen);
    await turns(20);
    make(tail, brokers);
    brokers.show();
    clock.pass(1_000);
    await turns(20);
    expect(seen).toEqual(brokers.records.flatMap((kind, offset) => (kind === 'event' ? [offset] : [])));
    stop.abort();
    await reading;
  });

  it('goes on in each partition, whatever becomes of the others', async () => {
    const brokers = new Brokers();
    const clock = new HastyClock();
    const tail = new LogTail(brokers, () => brokers.source, clock);
    const stop = new AbortController();
    const seen: number[] = [];
    void tail.reader({ ...AT, partition: 1 }).read(0, 1, stop.signal);
    const reading = consume(tail, 0, 0, stop.signal, seen);
    await turns(20);
    brokers.undecodable = 1;
    for (let appends = 1; appends <= 3; appends++) {
      brokers.put('event');
      brokers.show();
      await turns(20);
      expect(seen).toHaveLength(appends);
    }
    stop.abort();
    await reading;
  });

  it('needs no second where it is told of an append elsewhere', async () => {
    const brokers = new Brokers();
    const tail = new LogTail(brokers, () => brokers.source, new HastyClock());
    const stop = new AbortController();
    tail.claimed(AT, 0);
    const seen: number[] = [];
    const reading = consume(tail, 0, 0, stop.signal, seen);
    await turns(20);
    brokers.put('event');
    brokers.show();
    await turns(20);
    expect(seen).toEqual([]);
    tail.appended(AT, brokers.put('event'), encoded(1));
    brokers.show();
    await turns(20);
    expect(seen).toEqual([0, 1]);
    stop.abort();
    await reading;
  });
});
