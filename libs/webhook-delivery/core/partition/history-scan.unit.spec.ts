import type { Position } from '#libs/kernel';
import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';
import { FakeClock } from '../../testing/fake-clock.fixture.js';
import { UnreadablePlaces } from './history-scan.js';

const KEY = 'orders/3';
const many = (count: number, stream = 'a') => Array.from({ length: count }, () => stream);
const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `event-${from + index}`);

describe('history', () => {
  it('is read once for all feeds that are behind, and its end is scanned without waiting for more', async () => {
    const harness = new DispatchHarness({ recentEvents: 5 });
    const feeds = Array.from({ length: 30 }, (_, index) => feedOf({ subscriptionId: `sub-${index}` }));
    harness.publish(undefined, ...many(200));
    const dispatcher = await running(harness, ...feeds);
    harness.publish(dispatcher, ...many(8));
    await harness.clock.advance(900);
    for (const { feedId } of feeds) expect(harness.client.delivered(feedId)).toEqual(ids(0, 208));
    // Ten events per read; some are read again for feeds that were full.
    expect(harness.log.reads.length).toBeLessThan(60);
    await dispatcher.stop();
  });

  it('is delivered to its end, even to a feed that was owed nothing earlier', async () => {
    const harness = new DispatchHarness({ recentEvents: 15 });
    const rules = [{ from: {}, eventTypes: ['order.shipped'], filter: null }];
    const dispatcher = await running(harness, feedOf({}, { rules }));
    await harness.clock.advance(1_000);
    await harness.feeds();
    harness.publish(dispatcher, ...many(38));
    const first = harness.log.end;
    const events = [harness.log.append('a', 'order.shipped'), harness.log.append('a', 'order.confirmed')];
    dispatcher.append(harness.log.batch(first, events));
    await harness.clock.runPending();
    await harness.feeds(feedOf({}, { rules, revision: 2 }));
    await harness.clock.advance(500);
    expect(harness.client.delivered()).toEqual(['event-38']);
    await dispatcher.stop();
  });

  it('is delivered although nothing new comes and less than the scanned part is in memory', async () => {
    const harness = new DispatchHarness({ maxQueued: 1, recentEvents: 5 });
    harness.unannouncedMs = 3_600_000;
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 10;
    harness.publish(dispatcher, 'a', 'a');
    harness.publish(dispatcher, ...many(8));
    harness.publish(undefined, 'a');
    await harness.clock.advance(2_000);
    expect(harness.client.delivered()).toEqual(ids(0, 11));
    await dispatcher.stop();
  });

  it('is read once, however little memory there is at a time', async () => {
    const harness = new DispatchHarness({ maxQueued: 4, recentEvents: 1 });
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 10;
    for (const streamId of many(41)) harness.publish(dispatcher, streamId);
    await harness.clock.advance(2_000);
    expect(harness.client.delivered()).toEqual(ids(0, 41));
    expect(harness.log.reads).toEqual([4, 14, 24, 34]);
    await dispatcher.stop();
  });

  it('is read for each tenant in turn, however far another one is behind', async () => {
    const harness = new DispatchHarness({ recentEvents: 1, maxQueued: 10 });
    harness.publish(undefined, ...many(1_000));
    const replay = (tenant: string, from: number) => {
      const feedId = `${tenant}-${from}`;
      const range = { replayId: feedId, start: { [KEY]: from }, until: { [KEY]: 1_000 } };
      return feedOf({ tenant, subscriptionId: feedId }, { feedId, ...range });
    };
    const greedy = Array.from({ length: 50 }, (_, index) => replay('greedy', 20 * index + 5));
    await harness.feeds(...greedy, replay('acme', 0));
    harness.client.takesMs = () => 5;
    const fetch = async (from: Position) => {
      await harness.clock.sleep(10);
      return harness.log.fetch(from);
    };
    const dispatcher = harness.dispatcher((ports) => ({ ...ports, log: { fetch } }));
    // As long as the other takes to read all of it once.
    await harness.clock.advance(1_000);
    expect(harness.client.delivered('acme-0', 'acme-0').length).toBeGreaterThan(100);
    await harness.clock.advance(60_000);
    expect(harness.client.delivered('acme-0', 'acme-0')).toEqual(ids(0, 1_000));
    await dispatcher.stop();
  });

  it('is delivered after a gap in what comes', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, 'a');
    harness.publish(undefined, ...many(25));
    dispatcher.continueAt(harness.log.end);
    harness.publish(dispatcher, 'a');
    await harness.clock.advance(500);
    expect(harness.client.delivered()).toEqual(ids(0, 27));
    await dispatcher.stop();
  });
});

describe('a replay', () => {
  const replayOf = (from: number, until: number) =>
    feedOf({}, { feedId: 'replay', replayId: 'replay', start: { [KEY]: from }, until: { [KEY]: until } });

  it('delivers exactly its range, in parallel with the live feed', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, ...many(50));
    await harness.clock.runPending();
    await harness.feeds(feedOf(), replayOf(10, 45));
    harness.publish(dispatcher, 'a');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered('sub-1', 'replay')).toEqual(ids(10, 45));
    expect(harness.client.delivered('sub-1')).toEqual(ids(0, 51));
    expect(harness.store.cursor('replay')).toMatchObject({ watermark: 45 });
    expect(dispatcher.lags().map(({ feedId }) => feedId)).toEqual(['sub-1']);
    await dispatcher.stop();
  });

  it('delivers its range even if its end is not scanned yet', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, 'a', 'a');
    await harness.clock.runPending();
    const first = harness.log.end;
    const events = many(3).map((stream) => harness.log.append(stream));
    await harness.feeds(feedOf(), replayOf(0, 5));
    await harness.clock.advance(200);
    dispatcher.append(harness.log.batch(first, events));
    await harness.clock.advance(200);
    expect(harness.client.delivered('sub-1', 'replay')).toEqual(ids(0, 5));
    await dispatcher.stop();
  });

  it('ignores partitions outside its range', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness, feedOf(), replayOf(3, 3));
    harness.publish(dispatcher, ...many(5));
    await harness.clock.advance(1_000);
    expect(harness.client.delivered('sub-1', 'replay')).toEqual([]);
    expect(harness.store.cursor('replay')).toBeUndefined();
    await dispatcher.stop();
  });

  it('ends once its end is saved, even if the first save failed and it is owed nothing', async () => {
    const harness = new DispatchHarness({ idleSaveMs: 3_600_000 });
    const rules = [{ from: {}, eventTypes: ['order.shipped'], filter: null }];
    const dispatcher = await running(harness, feedOf({}, { rules }), { ...replayOf(0, 5), rules });
    await harness.clock.advance(1_000);
    harness.store.outage = new Error('no database');
    harness.publish(dispatcher, ...many(6));
    await harness.clock.advance(1_000);
    harness.store.outage = undefined;
    await harness.clock.advance(1_000);
    expect(harness.store.cursor('replay')).toMatchObject({ watermark: 5 });
    await dispatcher.stop();
  });

  it('continues with the lanes left behind, without moving its cursor', async () => {
    const harness = new DispatchHarness();
    const replay = { ...replayOf(0, 5), subscription: feedOf(retrying({ maxAttempts: 1 })).subscription };
    harness.client.answer = ({ replayId }) => (replayId === null ? DELIVERED : failed(500));
    const dispatcher = await running(harness, feedOf(), replay);
    harness.publish(dispatcher, ...many(9));
    await harness.clock.advance(20_000);
    expect(dispatcher.lags()).toEqual([]);
    harness.client.answer = () => DELIVERED;
    harness.store.redrive('replay');
    await harness.clock.advance(2_000);
    expect(harness.client.delivered('sub-1', 'replay')).toEqual(ids(0, 5));
    expect(harness.store.lanesOf()).toEqual([]);
    expect(harness.store.cursor('replay')).toMatchObject({ watermark: 5 });
    await dispatcher.stop();
  });
});

it('an unreadable position is skipped for a while, unlike others', async () => {
  const clock = new FakeClock();
  const places = new UnreadablePlaces(clock);
  places.add(7);
  expect([places.any, places.has(7), places.has(8)]).toEqual([true, true, false]);
  await clock.advance(2_001);
  expect([places.has(7), places.any]).toEqual([false, false]);
});
