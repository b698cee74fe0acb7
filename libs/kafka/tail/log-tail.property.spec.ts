import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { LogTail } from './log-tail.js';
import { AT, Brokers, consume, encoded, HastyClock, turns } from './log-tail.fixture.js';

/** Each event has one byte. */
const BYTES = 4;

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

function started(mostBytes?: number) {
  const [brokers, clock, stop] = [new Brokers(), new HastyClock(), new AbortController()];
  const tail = new LogTail(brokers, () => brokers.source, clock, mostBytes);
  return { brokers, clock, tail, stop };
}

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
          const { brokers, clock, tail, stop } = started(BYTES);
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
    const { brokers, clock, tail, stop } = started();
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

  it('fetches what does not come ever more rarely, up to once a second, and what does at once', async () => {
    const { brokers, clock, tail, stop } = started();
    tail.claimed(AT, 0);
    const seen: number[] = [];
    const reading = consume(tail, 0, 0, stop.signal, seen);
    await turns(10);
    const wait = async (ms: number): Promise<number> => {
      const before = brokers.fetches;
      for (let left = ms; left > 0; left--) {
        clock.pass(1);
        await turns(5);
      }
      return brokers.fetches - before;
    };
    // An open transaction of another process holds back both.
    brokers.put('event');
    tail.appended(AT, brokers.put('event'), encoded(1));
    expect(await wait(1_000)).toBeLessThanOrEqual(10);
    expect(await wait(4_000)).toBeLessThanOrEqual(5);
    expect(seen).toEqual([]);
    brokers.show();
    await wait(1_000);
    expect(seen).toEqual([0, 1]);
    // The next that does not come is not waited for as long.
    brokers.put('event');
    tail.appended(AT, brokers.put('event'), encoded(1));
    await wait(10);
    brokers.show();
    await wait(20);
    expect(seen).toEqual([0, 1, 2, 3]);
    stop.abort();
    await reading;
  });

  it('gives a reader all that has gathered meanwhile at once', async () => {
    const { brokers, tail, stop } = started();
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
    const { brokers, tail, stop } = started(BYTES);
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
    const { brokers, clock, tail, stop } = started();
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
    const { brokers, tail, stop } = started();
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
    const { brokers, tail, stop } = started();
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
