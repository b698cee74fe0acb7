import { FakeClock, SomeTopics, TOPICS } from '#libs/webhook-delivery/testing';
import fc from 'fast-check';
import { matchesEventType } from '#libs/contracts';
import { formatPosition, type Position, type RecordedEvent } from '#libs/kernel';
import { itForAll, tagged, type ValueOf } from '#libs/kernel/testing';
import { decodeLogCursor } from './log-cursor.js';
import type { EventReader } from './event-reader.js';
import { EventReaders } from './event-readers.js';
import { poll } from './long-poll.js';

/**
 * What is promised: whenever a reader begins, however it reads, and wherever it breaks off and goes on by its cursor, it
 * gets each event that it asked for exactly once, those of a partition in the order of the log. Partitions go side by side.
 */
const TENANTS = ['acme', 'zenith'];
const STOCK_TYPES = ['stock.received', 'stock.adjusted', 'stock.shipped'];
const ORDER_TYPES = ['order.created', 'order.confirmed', 'order.shipped'];
const PATTERNS = [['*'], ['order.*'], ['order.updated'], ['stock.received'], ['order.created', 'stock.*']];

const readerIndex = fc.nat({ max: 4 });
const move = tagged('kind', {
  append: [
    6,
    {
      partition: fc.nat({ max: 2 }),
      tenant: fc.nat({ max: 1 }),
      type: fc.nat({ max: 2 }),
      count: fc.integer({ min: 1, max: 9 }),
    },
  ],
  gap: [1, { partition: fc.nat({ max: 2 }) }],
  outage: [1, { ms: fc.nat({ max: 3_000 }) }],
  wait: [4, { ms: fc.nat({ max: 2_000 }) }],
  join: [
    3,
    {
      tenant: fc.nat({ max: 1 }),
      pattern: fc.nat({ max: PATTERNS.length - 1 }),
      fromBeginning: fc.boolean(),
    },
  ],
  poll: [5, { reader: readerIndex, limit: fc.integer({ min: 1, max: 8 }), waitMs: fc.nat({ max: 3_000 }) }],
  // Of the last portion so much arrives before the connection breaks.
  stream: [5, { reader: readerIndex, portions: fc.integer({ min: 1, max: 6 }), arrived: fc.nat({ max: 4 }) }],
});
type Move = ValueOf<typeof move>;

interface Client {
  readonly tenant: string;
  readonly eventTypes: readonly string[];
  readonly start: readonly Position[];
  positions: readonly Position[];
  readonly received: RecordedEvent[];
}

class Simulation {
  readonly log = new SomeTopics();
  readonly clock = new FakeClock();
  readonly stop = new AbortController().signal;
  readonly clients: Client[] = [];
  readonly #readers: EventReaders;
  readonly #polls: Promise<unknown>[] = [];
  readonly #busy = new Set<Client>();

  constructor(random: number) {
    const limits = {
      pollMs: 50,
      recentEvents: 6,
      recentBytes: 150,
      patienceMs: 500,
      lingerMs: 400,
      historyReads: 2,
    };
    this.#readers = new EventReaders(this.log, TOPICS, { clock: this.clock, random: () => random }, limits);
  }

  async perform(next: Move): Promise<void> {
    const { log, clock } = this;
    if (next.kind === 'append') {
      const target = log.partition(next.partition);
      const type = (target.topic === 'orders' ? ORDER_TYPES : STOCK_TYPES)[next.type];
      for (let n = 0; n < next.count; n++) target.append(`s${n % 2}`, type, TENANTS[(next.tenant + n) % 2]);
    }
    if (next.kind === 'gap') log.partition(next.partition).putControlRecord();
    if (next.kind === 'wait') await clock.advance(next.ms);
    if (next.kind === 'outage') await this.#outage(next.ms);
    if (next.kind === 'join') await this.#join(next.tenant, next.pattern, next.fromBeginning);
    if (next.kind === 'poll' || next.kind === 'stream') {
      const client = this.clients[next.reader % Math.max(1, this.clients.length)];
      if (!client || this.#busy.has(client)) return;
      const reading =
        next.kind === 'poll'
          ? this.#poll(client, next.limit, next.waitMs)
          : this.#stream(client, next.portions, next.arrived);
      // Side by side with what follows.
      this.#busy.add(client);
      this.#polls.push(reading.catch(() => undefined).finally(() => this.#busy.delete(client)));
      await clock.runPending();
    }
  }

  async finish(): Promise<void> {
    let isOver = false;
    const over = Promise.all(this.#polls).then(() => {
      isOver = true;
    });
    await this.clock.until(() => isOver);
    await over;
    // The tail finds out that the log is back.
    await this.clock.advance(300);
    for (const client of this.clients) await this.#drain(client);
    this.#readers.stop();
    await this.clock.advance(1_000);
  }

  expected(client: Client, partition: number): string[] {
    const log = this.log.partition(partition);
    const start = client.start.find((each) => each.topic === log.topic && each.partition === log.partition);
    return log.events
      .filter(({ position }) => position.offset >= (start?.offset ?? 0))
      .filter(({ metadata }) => metadata.tenant === client.tenant)
      .filter(({ type }) => client.eventTypes.some((pattern) => matchesEventType(pattern, type)))
      .map(({ position }) => formatPosition(position));
  }

  received(client: Client, partition: number): string[] {
    const log = this.log.partition(partition);
    return client.received
      .filter(({ position }) => position.topic === log.topic && position.partition === log.partition)
      .map(({ position }) => formatPosition(position));
  }

  async #outage(ms: number): Promise<void> {
    this.log.outage = new Error('away');
    await this.clock.advance(ms);
    this.log.outage = undefined;
  }

  async #join(tenant: number, pattern: number, fromBeginning: boolean): Promise<void> {
    const start = fromBeginning ? [] : await this.log.endOffsets();
    const eventTypes = PATTERNS[pattern]!;
    this.clients.push({ tenant: TENANTS[tenant]!, eventTypes, start, positions: start, received: [] });
  }

  async #with(client: Client, read: (reader: EventReader) => Promise<void>): Promise<void> {
    const reader = await this.#readers.open(client, client.positions);
    try {
      await read(reader);
    } finally {
      this.#readers.close(reader);
    }
  }

  #poll(client: Client, limit: number, waitMs: number): Promise<void> {
    return this.#with(client, async (reader) => {
      const events = await poll(reader, { events: limit, bytes: 60, waitMs }, this.clock, this.stop);
      expect(events.length).toBeLessThanOrEqual(limit);
      client.received.push(...events);
      client.positions = decodeLogCursor(reader.cursor)!;
    });
  }

  #stream(client: Client, portions: number, arrived: number): Promise<void> {
    return this.#with(client, async (reader) => {
      for (let left = portions; left > 0; ) {
        const portion = await reader.next(3);
        if (!portion) {
          await reader.wait(1_000, this.stop);
          left--;
          continue;
        }
        left -= portion.events.length > 0 ? 1 : 0;
        const count = left > 0 ? portion.events.length : Math.min(arrived, portion.events.length);
        for (const [index, event] of portion.events.slice(0, count).entries()) {
          client.received.push(event);
          client.positions = decodeLogCursor(portion.cursorAfter(index))!;
        }
      }
    });
  }

  async #drain(client: Client): Promise<void> {
    for (let isWhole = false; !isWhole; ) {
      const before = client.received.length;
      let isDone = false;
      const polling = this.#poll(client, 5, 200).finally(() => {
        isDone = true;
      });
      await this.clock.until(() => isDone);
      await polling;
      isWhole = client.received.length === before;
    }
  }
}

describe('readers of the log', () => {
  itForAll(
    'get each event that they asked for once, in the order of its partition',
    [fc.array(move, { maxLength: 40, size: 'max' }), fc.double({ min: 0, max: 0.999, noNaN: true })],
    { numRuns: 300 },
    async (moves, random) => {
      const simulation = new Simulation(random);
      for (const next of moves) await simulation.perform(next);
      await simulation.finish();
      for (const client of simulation.clients) {
        for (const partition of [0, 1, 2]) {
          expect(simulation.received(client, partition)).toEqual(simulation.expected(client, partition));
        }
      }
    },
  );
});
