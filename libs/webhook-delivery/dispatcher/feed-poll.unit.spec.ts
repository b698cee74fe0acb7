import { type Clock, onAbort } from '#libs/kernel';
import { Logger } from '@nestjs/common';
import type { Feed } from '../core/ports.js';
import { someFeed } from '../testing/feed.fixture.js';
import { FeedPoll } from './feed-poll.js';

const revised = (feedId: string, revision: number): Feed => someFeed({ feedId, revision });

/** A table, and a clock that goes on when told to. */
class Harness {
  readonly rows = new Map<string, Feed>();
  readonly loaded: string[][] = [];
  readonly told: string[][] = [];
  readonly pauses: number[] = [];
  outage: Error | undefined;
  outageOfOthers: Error | undefined;
  #wake: () => void = () => undefined;
  readonly #clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after: () => () => undefined,
    every: () => () => undefined,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        this.pauses.push(ms);
        this.#wake = resolve;
        if (signal) onAbort(signal, resolve);
      }),
  };
  readonly poll = new FeedPoll(
    [
      {
        activeRevisions: async () => {
          if (this.outage) throw this.outage;
          return [new Map([...this.rows].map(([id, { revision }]) => [id, revision]))];
        },
        findActive: async (ids) => {
          this.loaded.push([...ids]);
          return ids.flatMap((id) => this.rows.get(id) ?? []);
        },
      },
      {
        activeRevisions: async () => {
          if (this.outageOfOthers) throw this.outageOfOthers;
          return [];
        },
        findActive: async () => [],
      },
    ],
    (news) =>
      this.told.push([...news].map(([id, feed]) => (feed ? `${id}@${feed.revision}` : `${id} ended`))),
    this.#clock,
    500,
  );

  put(...rows: Feed[]): void {
    for (const row of rows) this.rows.set(row.feedId, row);
  }

  async look(): Promise<void> {
    this.#wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('feed poll', () => {
  let harness: Harness;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(async () => {
    harness = new Harness();
    harness.put(revised('a', 1), revised('b', 2));
    harness.poll.start();
    await harness.look();
  });
  afterEach(() => harness.poll.stop());

  it('looks again soon, for a while, when a change is on its way', async () => {
    harness.poll.expect();
    await harness.look();
    for (let looks = 0; looks < 10; looks++) await harness.look();
    expect(harness.pauses.slice(-11)).toEqual([...Array.from({ length: 8 }, () => 30), 500, 500, 500]);
  });

  it('tells what has changed, and loads only that', async () => {
    harness.put(revised('b', 3), revised('c', 4));
    harness.rows.delete('a');
    await harness.look();
    expect(harness.told.at(-1)).toEqual(['a ended', 'b@3', 'c@4']);
    await harness.look();
    expect(harness.told.at(-1)).toEqual([]);
    expect(harness.loaded).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ]);
  });

  it('notices a change with an older revision, as a transaction that commits late makes one', async () => {
    harness.put(revised('z', 9));
    await harness.look();
    harness.put(revised('y', 5));
    await harness.look();
    expect(harness.told.at(-1)).toContain('y@5');
  });

  it('keeps what it knows while the database is away, asks less often, and says so', async () => {
    const tellings = harness.told.length;
    harness.outage = new Error('gone');
    for (let index = 0; index < 6; index++) await harness.look();
    expect(harness.told).toHaveLength(tellings);
    expect(harness.poll.fault).toBe('gone');
    expect(harness.pauses.slice(-6)).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    harness.outage = undefined;
    harness.put(revised('c', 1));
    await harness.look();
    expect(harness.poll.fault).toBeUndefined();
    expect(harness.told).toEqual([['a@1', 'b@2'], ['c@1']]);
    expect(harness.pauses.at(-1)).toBe(500);
  });

  it('tells what it has found once it has looked everywhere', async () => {
    const tellings = harness.told.length;
    harness.outageOfOthers = new Error('gone');
    harness.put(revised('b', 3), revised('c', 1));
    await harness.look();
    harness.put(revised('c', 2));
    await harness.look();
    expect(harness.told).toHaveLength(tellings);
    harness.outageOfOthers = undefined;
    await harness.look();
    expect(harness.told.at(-1)).toEqual(['b@3', 'c@2']);
  });
});
