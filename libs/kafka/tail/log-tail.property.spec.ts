import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type EncodedEvent, EventDecodingError, type LoggedEvent } from '#libs/contracts';
import type { Clock } from '#libs/kernel';
import type { EventRecord } from '../event-record.js';
import { LogTail, type TailSource } from './log-tail.js';

const AT = { topic: 'orders', partition: 0 };
const LEADER = 1;
const BATCH = 3;

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

/** A partition with everything that can be in it, and brokers that may fail. */
class Brokers {
  readonly records: Kind[] = [];
  readonly #waiting = new Set<() => void>();
  isAway = false;
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
    fetchNew: async (_, [from], waitMs) => {
      this.fetches++;
      const { offset } = from!;
      if (waitMs > 0 && this.visible <= offset)
        await Promise.race([new Promise<void>((resolve) => this.#waiting.add(resolve)), turn()]);
      if (this.isAway) throw new Error('away');
      return [
        this.#from(offset).map((record) => ({
          ...record,
          isControlRecord: this.records[Number(record.offset)] === 'marker',
          producerId: '1',
          producerEpoch: 0,
        })),
      ];
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

  decodeReadable = async (_: string, __: number, records: readonly EventRecord[]) => {
    for (let turns = 0; turns < records.length; turns++) await turn();
    const events: LoggedEvent[] = [];
    for (const { offset } of records) {
      const kind = this.records[Number(offset)];
      const position = { ...AT, offset: Number(offset) };
      if (kind === 'marker') continue;
      if (kind === 'unreadable')
        return { events, foreign: [], failure: new EventDecodingError(position, 'unreadable') };
      events.push({ position, value: Buffer.alloc(0) } as unknown as LoggedEvent);
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
async function consume(tail: LogTail, from: number, slowness: number, stop: AbortSignal): Promise<number[]> {
  const seen: number[] = [];
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
      for (let pause = 0; pause < slowness; pause++) await turn();
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
          const tail = new LogTail(brokers, () => brokers.source, clock);
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
    for (let round = 0; round < 10; round++) await turn();
    const before = brokers.fetches;
    for (let appends = 0; appends < 20; appends++) {
      tail.appended(AT, brokers.put('event'), encoded(1));
      brokers.show();
      for (let round = 0; round < 5; round++) await turn();
    }
    expect(brokers.fetches).toBe(before);
    clock.pass(1_000);
    for (let round = 0; round < 5; round++) await turn();
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
    for (let round = 0; round < 10; round++) await turn();
    for (let appends = 0; appends < 6; appends++) {
      tail.appended(AT, brokers.put('event'), encoded(1));
      for (let round = 0; round < 5; round++) await turn();
    }
    expect(await first).toMatchObject({ first: 0, next: 1 });
    expect(await reader.read(1, 4, stop.signal)).toMatchObject({ first: 1, next: 5 });
    expect(await reader.read(5, 4, stop.signal)).toMatchObject({ first: 5, next: 6 });
    reader.close();
  });
});
