/** The limits below the product: the same events, encoded beforehand, appended without HTTP and without decisions. */
import kafkajs from 'kafkajs';
import type { EncodedEvent } from '#libs/contracts';
import type { PartitionAppender } from '#libs/event-store/core';
import { makeKafka } from '#libs/kafka';
import { newId } from '#libs/kernel';
import { openLog, type TestLog, testSettings } from '#libs/testing';
import { MeasuredWindow, type Span } from '../measuring/measurement.js';
import { serveJobs } from '../measuring/worker.js';
import { ORDER } from './order.js';
import { orderCreated } from './order-created.js';

export interface RawJob extends Span {
  /**
   * - `fenced`: claimed partitions, one append at a time in each, of all that its callers wait for
   * - `plain`: kafkajs' producer as it comes, neither fenced nor idempotent
   */
  readonly way: 'fenced' | 'plain';
  readonly callers: number;
  readonly eventsEach: number;
  readonly partitions: number;
}

type Append = (events: readonly EncodedEvent[]) => Promise<unknown>;

const POOL_EVENTS = 12_000;

const logs = new Map<number, Promise<TestLog>>();
const ways = new Map<string, Promise<Append>>();

const logOf = (partitions: number): Promise<TestLog> => once(logs, partitions, () => openLog(partitions));

function once<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

async function fenced(partitions: number): Promise<Append> {
  const { log, topic } = await logOf(partitions);
  const writers: GroupedAppends[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const appender = log.appender(topic, partition);
    await appender.claim();
    writers.push(new GroupedAppends(appender));
  }
  const partitionOf = new Map<EncodedEvent, number>();
  const place = (event: EncodedEvent): number =>
    once(partitionOf, event, () => log.partitionOf(event.key.toString(), partitions));
  return async (events) => {
    const shares = new Map<number, EncodedEvent[]>();
    for (const event of events) once(shares, place(event), () => []).push(event);
    await Promise.all([...shares].map(async ([partition, share]) => writers[partition]?.append(share)));
  };
}

async function plain(partitions: number): Promise<Append> {
  const { topic } = await logOf(partitions);
  const producer = makeKafka(testSettings()).producer({
    idempotent: false,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: { retries: 0 },
  });
  await producer.connect();
  return (events) => {
    const messages = events.map(({ key, value, headers }) => ({ key, value, headers }));
    return producer.send({ topic, messages, acks: -1 });
  };
}

const pools = new Map<number, Promise<EncodedEvent[][]>>();

async function encodeGroups(eventsEach: number): Promise<EncodedEvent[][]> {
  const { codec } = await logOf(12);
  return Array.from({ length: POOL_EVENTS / eventsEach }, () =>
    Array.from({ length: eventsEach }, () => codec.encode(orderCreated(newId(), ORDER))),
  );
}

async function measure({ way, callers, eventsEach, partitions, ...span }: RawJob) {
  const groups = await once(pools, eventsEach, () => encodeGroups(eventsEach));
  const make = way === 'fenced' ? fenced : plain;
  const append = await once(ways, `${way}/${partitions}`, () => make(partitions));
  const window = new MeasuredWindow(span, eventsEach);
  let turn = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (!window.over) {
        const began = performance.now();
        try {
          await append(groups[turn++ % groups.length] ?? []);
          window.succeeded(performance.now() - began);
        } catch (error) {
          window.failed((error as Error).message);
        }
      }
    }),
  );
  return window.result();
}

interface Waiting {
  readonly events: readonly EncodedEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What remains of a partition writer when nothing is decided: one append at a time, of all that has queued up
 * meanwhile.
 */
class GroupedAppends {
  #queue: Waiting[] = [];
  #appending = false;

  constructor(private readonly appender: PartitionAppender) {}

  append(events: readonly EncodedEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ events, resolve, reject });
      if (!this.#appending) void this.#appendAll();
    });
  }

  async #appendAll(): Promise<void> {
    this.#appending = true;
    // Appends requested in this turn of the event loop are included.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        await this.appender.append(group.flatMap(({ events }) => events));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#appending = false;
  }
}

serveJobs(measure);
