import { setImmediate as turn } from 'node:timers/promises';
import { type EncodedEvent, EventDecodingError, type LoggedEvent } from '#libs/contracts';
import type { Clock } from '#libs/kernel';
import type { EventRecord } from '../event-record.js';
import type { LogTail, TailSource } from './log-tail.js';

export const AT = { topic: 'orders', partition: 0 };
const LEADER = 1;
const BATCH = 3;

export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await turn();
}

/** Sleeps last no time at all; a test lets all else pass. */
export class HastyClock implements Clock {
  readonly #recurring = new Set<() => void>();
  readonly #due = new Map<() => void, number>();
  #now = 0;

  now = (): number => this.#now;
  monotonic = (): number => this.#now;
  after(ms: number, callback: () => void): () => void {
    this.#due.set(callback, this.#now + ms);
    return () => this.#due.delete(callback);
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
    for (const [callback, at] of this.#due) {
      if (at > this.#now) continue;
      this.#due.delete(callback);
      callback();
    }
    for (const callback of this.#recurring) callback();
  }
}

type Kind = 'event' | 'marker' | 'unreadable';

/** A topic with everything that can be in it, the same in each partition, and brokers that may fail. */
export class Brokers {
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
export async function consume(
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

export const encoded = (count: number): EncodedEvent[] =>
  Array.from({ length: count }, () => ({ key: Buffer.alloc(0), value: Buffer.alloc(0), headers: {} }));
