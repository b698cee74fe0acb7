import { jest } from '@jest/globals';
import type { KafkaEventLog } from '#libs/kafka';
import type { RecordedEvent } from '#libs/kernel';
import { LogStanding } from './log-standing.js';

const at = { topic: 'orders', partition: 0 };
const IDLE_MS = 590_000;

/** A partition whose offsets hold events or control records. */
class Partition {
  readonly #records: ('event' | 'control')[] = [];
  fetches = 0;

  constructor(...records: ('event' | 'control')[]) {
    this.append(...records);
  }

  append(...records: ('event' | 'control')[]): void {
    this.#records.push(...records);
  }

  endOffsets = async () => [{ ...at, offset: this.#records.length }];

  fetch: KafkaEventLog['fetch'] = async ({ topic, partition, offset }) => {
    this.fetches++;
    const next = this.#records.length;
    const events = this.#records.flatMap((record, index) =>
      record === 'event' && index >= offset
        ? [{ position: { topic, partition, offset: index } } as RecordedEvent]
        : [],
    );
    return { topic, partition, first: offset, next, events } as never;
  };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const look = async (standing: LogStanding, nextOffset: number) => {
  const ends = await standing.ends();
  const [checkpoint] = await standing.pastControlRecords([{ ...at, nextOffset }], ends);
  if (!checkpoint) throw new Error('no checkpoint');
  return { ...checkpoint, late: standing.lateness(checkpoint, checkpoint.nextOffset) };
};

const afterIdling = async (partition: Partition) => {
  const standing = new LogStanding(partition);
  await standing.ends();
  // A writer took the partition over, and then nothing happened.
  jest.advanceTimersByTime(5_000);
  partition.append('control');
  expect(await look(standing, 1)).toMatchObject({ nextOffset: 2, late: undefined });
  jest.advanceTimersByTime(IDLE_MS);
  return standing;
};

it.each([1, 3, 1_000])('%d first events after a quiet time are as old as themselves', async (count) => {
  const partition = new Partition('event');
  const standing = await afterIdling(partition);
  partition.append(...Array.from({ length: count }, () => 'event' as const));
  expect((await look(standing, 1)).late).toEqual({ ms: 0, isAtLeast: false });
  jest.advanceTimersByTime(3_000);
  expect(await look(standing, 1)).toMatchObject({ nextOffset: 2, late: { ms: 3_000, isAtLeast: false } });
});

it('an event behind control records that nobody looked at is as old as itself', async () => {
  const partition = new Partition('event');
  const standing = new LogStanding(partition);
  await standing.ends();
  jest.advanceTimersByTime(5_000);
  partition.append('control');
  await standing.ends();
  jest.advanceTimersByTime(IDLE_MS);
  partition.append('event');
  expect(await look(standing, 1)).toMatchObject({ nextOffset: 2, late: { ms: 0, isAtLeast: false } });
});

it('reads a quiet partition once, and an event that waits once', async () => {
  const partition = new Partition('event');
  const standing = await afterIdling(partition);
  await look(standing, 1);
  expect(partition.fetches).toBe(1);
  partition.append('event');
  jest.advanceTimersByTime(2_000);
  await look(standing, 1);
  await look(standing, 1);
  expect(partition.fetches).toBe(2);
});
