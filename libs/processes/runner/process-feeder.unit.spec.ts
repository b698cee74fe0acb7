import { CommandUnavailableError } from '#libs/event-store/core';
import { type EventBatch, type Position, type RecordedEvent } from '#libs/kernel';
import { deferred } from '#libs/kernel/testing';
import { errands } from '../testing/index.js';
import { ProcessFeeder } from './process-feeder.js';
import { InputRefusedError } from './process-inputs.js';

const at = { topic: 'wishes', partition: 3 };
const wish = (process: string, offset: number): RecordedEvent =>
  ({
    type: 'asked',
    data: { type: 'added', errand: 'tea' },
    position: { ...at, offset },
    metadata: { eventId: `${process}-${offset}`, streamId: process, occurredAt: '2026-01-01T00:00:00.000Z' },
  }) as unknown as RecordedEvent;
const batchOf = (events: readonly RecordedEvent[], next = events.length): EventBatch<never> =>
  ({ ...at, events, next }) as unknown as EventBatch<never>;

describe('the feeder of processes', () => {
  let saved: Position[];
  let fed: string[];
  let refused: string[];
  let lags: number[];
  let isDatabaseAway: boolean;
  let take: (eventId: string) => Promise<void>;
  let feeder: ProcessFeeder;
  beforeEach(() => {
    [saved, fed, refused, lags] = [[], [], [], []];
    isDatabaseAway = false;
    take = async () => undefined;
    feeder = new ProcessFeeder({
      definitions: [errands()],
      policy: null,
      inputs: {
        event: async (_, { metadata }) => {
          await take(metadata.eventId);
          fed.push(metadata.eventId);
        },
      },
      checkpoints: {
        load: async () => 42,
        save: async (positions) => {
          if (isDatabaseAway) throw new Error('away');
          saved.push(...positions);
        },
      },
      clock: { now: () => Date.UTC(2026, 0, 1) + 250 },
      onFeeding: (lagMs) => lags.push(lagMs),
      onRefused: (position) => refused.push(position),
    });
  });

  it('goes on where the checkpoint is', async () => expect(await feeder.assigned(at)).toBe(42));

  it('tells how far it is behind with events that concern a process, if those are many', async () => {
    const wishes = (count: number) =>
      batchOf(Array.from({ length: count }, (_, index) => wish(`p-${index}`, index)));
    await feeder.feed(wishes(0));
    expect(lags).toEqual([]);
    await feeder.feed(wishes(31));
    await feeder.feed(wishes(31));
    await feeder.feed(wishes(32));
    expect(lags).toEqual([0, 0, 250]);
  });

  it('feeds the events of one process in order, and those of others meanwhile', async () => {
    const first = deferred();
    take = (eventId) => (eventId === 'a-0' ? first.promise : Promise.resolve());
    const feeding = feeder.feed(batchOf([wish('a', 0), wish('b', 1), wish('a', 2), wish('b', 3)]));
    await new Promise(setImmediate);
    expect(fed).toEqual(['b-1', 'b-3']);
    first.resolve();
    await feeding;
    expect(fed).toEqual(['b-1', 'b-3', 'a-0', 'a-2']);
  });

  it('leaves alone the events of topics that its definitions do not name', async () => {
    const other = wish('a', 0);
    await feeder.feed(batchOf([{ ...other, position: { ...other.position, topic: 'others' } }]));
    expect(fed).toEqual([]);
  });

  it('moves the checkpoint only over what was taken', async () => {
    const gate = deferred();
    take = () => gate.promise;
    const feeding = feeder.feed(batchOf([wish('a', 0)], 9));
    await feeder.save();
    expect(saved).toEqual([]);
    gate.resolve();
    await feeding;
    await feeder.save();
    await feeder.save();
    expect(saved).toEqual([{ ...at, offset: 9 }]);
  });

  it('throws while the engine is unavailable, so that the batch comes again, and keeps the checkpoint', async () => {
    take = async () => {
      throw new CommandUnavailableError('Nobody is there.');
    };
    await expect(feeder.feed(batchOf([wish('a', 0), wish('a', 1)]))).rejects.toThrow(CommandUnavailableError);
    await feeder.save();
    expect([fed, saved, refused]).toEqual([[], [], []]);
  });

  it('begins with no further process once one has failed, and waits for those begun', async () => {
    const slow = deferred();
    let asked = 0;
    take = async (eventId) => {
      asked++;
      if (eventId === 'p0-0') throw new CommandUnavailableError('Nobody is there.');
      await slow.promise;
    };
    const events = Array.from({ length: 200 }, (_, index) => wish(`p${index}`, index));
    const feeding = feeder.feed(batchOf(events));
    const isOver = feeding.then(
      () => true,
      () => true,
    );
    await new Promise(setImmediate);
    expect(await Promise.race([isOver, Promise.resolve(false)])).toBe(false);
    slow.resolve();
    await expect(feeding).rejects.toThrow(CommandUnavailableError);
    expect(asked).toBe(64);
  });

  it('passes over what a process refuses for good, and reports it', async () => {
    take = async (eventId) => {
      if (eventId === 'a-0') throw new InputRefusedError('never');
    };
    await feeder.feed(batchOf([wish('a', 0), wish('a', 1)], 2));
    expect(fed).toEqual(['a-1']);
    expect(refused).toHaveLength(1);
    await feeder.save();
    expect(saved).toEqual([{ ...at, offset: 2 }]);
  });

  it('saves with the next ones what the database did not take', async () => {
    await feeder.feed(batchOf([wish('a', 0)], 1));
    isDatabaseAway = true;
    await expect(feeder.save()).rejects.toThrow('away');
    isDatabaseAway = false;
    await feeder.save();
    expect(saved).toEqual([{ ...at, offset: 1 }]);
  });

  it('saves what it has when a partition goes, and nothing of it when it comes back', async () => {
    await feeder.feed(batchOf([wish('a', 0)], 1));
    await feeder.revoked(at);
    expect(saved).toEqual([{ ...at, offset: 1 }]);
    await feeder.feed(batchOf([wish('a', 1)], 2));
    await feeder.assigned(at);
    await feeder.save();
    expect(saved).toHaveLength(1);
  });
});
