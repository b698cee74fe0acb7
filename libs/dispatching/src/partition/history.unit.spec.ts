import type { Position } from '#libs/kernel';
import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

const KEY = 'orders/3';
const many = (count: number, stream = 'a') => Array.from({ length: count }, () => stream);
const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `event-${from + index}`);

describe('what is not in memory', () => {
  it('is read from the log when nobody brings what is new', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(undefined, 'a', 'b');
    await rig.timers.advance(1_500);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1']);
    await dispatcher.stop();
  });

  it('is read once for all who are behind, and the last of it is looked at without waiting for more', async () => {
    const rig = new DispatchRig({ tailEvents: 5 });
    const feeds = Array.from({ length: 30 }, (_, index) => feedOf({ subscriptionId: `sub-${index}` }));
    rig.publish(undefined, ...many(200));
    const dispatcher = await running(rig, ...feeds);
    rig.publish(dispatcher, ...many(8));
    await rig.timers.advance(900);
    for (const { feedId } of feeds) expect(rig.client.delivered(feedId)).toEqual(ids(0, 208));
    // Ten events a time; some were read again for those who had no room.
    expect(rig.log.reads.length).toBeLessThan(60);
    await dispatcher.stop();
  });

  it('is delivered as far as it goes, also to who was owed nothing of what was read before', async () => {
    const rig = new DispatchRig({ tailEvents: 15 });
    const rules = [{ from: {}, eventTypes: ['order.shipped'], filter: null }];
    const dispatcher = await running(rig, feedOf({}, { rules }));
    await rig.timers.advance(1_000);
    await rig.feeds();
    rig.publish(dispatcher, ...many(38));
    const first = rig.log.end;
    const events = [rig.log.append('a', 'order.shipped'), rig.log.append('a', 'order.confirmed')];
    dispatcher.append({ first, events, next: rig.log.end });
    await rig.timers.settle();
    await rig.feeds(feedOf({}, { rules, revision: 2 }));
    await rig.timers.advance(500);
    expect(rig.client.delivered()).toEqual(['event-38']);
    await dispatcher.stop();
  });

  it('is delivered though the tail is silent, and shorter than what was looked at', async () => {
    const rig = new DispatchRig({ maxQueued: 1, tailEvents: 5, tailSilenceMs: 3_600_000 });
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 10;
    rig.publish(dispatcher, 'a', 'a');
    rig.publish(dispatcher, ...many(8));
    rig.publish(undefined, 'a');
    await rig.timers.advance(2_000);
    expect(rig.client.delivered()).toEqual(ids(0, 11));
    await dispatcher.stop();
  });

  it('is read once, however little of it there is room for at a time', async () => {
    const rig = new DispatchRig({ maxQueued: 4, tailEvents: 1 });
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 10;
    for (const streamId of many(41)) rig.publish(dispatcher, streamId);
    await rig.timers.advance(2_000);
    expect(rig.client.delivered()).toEqual(ids(0, 41));
    expect(rig.log.reads).toEqual([4, 14, 24, 34, 41]);
    await dispatcher.stop();
  });

  it('is read for each tenant in turn, however much of it another has to go through', async () => {
    const rig = new DispatchRig({ tailEvents: 1, maxQueued: 10 });
    rig.publish(undefined, ...many(1_000));
    const replay = (tenant: string, from: number) => {
      const feedId = `${tenant}-${from}`;
      const range = { replayId: feedId, start: { [KEY]: from }, until: { [KEY]: 1_000 } };
      return feedOf({ tenant, subscriptionId: feedId }, { feedId, ...range });
    };
    const greedy = Array.from({ length: 50 }, (_, index) => replay('greedy', 20 * index + 5));
    await rig.feeds(...greedy, replay('acme', 0));
    rig.client.takesMs = () => 5;
    const read = async (from: Position) => {
      await rig.timers.sleep(10);
      return rig.log.read(from);
    };
    const dispatcher = rig.dispatcher((ports) => ({ ...ports, source: { read } }));
    // As long as the other takes to go through all of it once.
    await rig.timers.advance(1_000);
    expect(rig.client.delivered('acme-0', 'acme-0').length).toBeGreaterThan(100);
    await rig.timers.advance(60_000);
    expect(rig.client.delivered('acme-0', 'acme-0')).toEqual(ids(0, 1_000));
    await dispatcher.stop();
  });

  it('is delivered after a gap in what is brought', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'a');
    rig.publish(undefined, ...many(25));
    dispatcher.restartTail(rig.log.end);
    rig.publish(dispatcher, 'a');
    await rig.timers.advance(500);
    expect(rig.client.delivered()).toEqual(ids(0, 27));
    await dispatcher.stop();
  });
});

describe('a replay', () => {
  const replayOf = (from: number, until: number) =>
    feedOf({}, { feedId: 'replay', replayId: 'replay', start: { [KEY]: from }, until: { [KEY]: until } });

  it('gives exactly its range, beside the live feed', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, ...many(50));
    await rig.timers.settle();
    await rig.feeds(feedOf(), replayOf(10, 45));
    rig.publish(dispatcher, 'a');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered('sub-1', 'replay')).toEqual(ids(10, 45));
    expect(rig.client.delivered('sub-1')).toEqual(ids(0, 51));
    expect(rig.store.cursor('replay')).toMatchObject({ watermark: 45 });
    expect(dispatcher.lags().map(({ feedId }) => feedId)).toEqual(['sub-1']);
    await dispatcher.stop();
  });

  it('gives its range also when its end was not looked at yet', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'a', 'a');
    await rig.timers.settle();
    const first = rig.log.end;
    const events = many(3).map((stream) => rig.log.append(stream));
    await rig.feeds(feedOf(), replayOf(0, 5));
    await rig.timers.advance(200);
    dispatcher.append({ first, events, next: rig.log.end });
    await rig.timers.advance(200);
    expect(rig.client.delivered('sub-1', 'replay')).toEqual(ids(0, 5));
    await dispatcher.stop();
  });

  it('takes no part where it has no range', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, feedOf(), replayOf(3, 3));
    rig.publish(dispatcher, ...many(5));
    await rig.timers.advance(1_000);
    expect(rig.client.delivered('sub-1', 'replay')).toEqual([]);
    expect(rig.store.cursor('replay')).toBeUndefined();
    await dispatcher.stop();
  });

  it('is over when its end was saved, though that failed the first time, and owed it nothing', async () => {
    const rig = new DispatchRig({ idleSaveMs: 3_600_000 });
    const rules = [{ from: {}, eventTypes: ['order.shipped'], filter: null }];
    const dispatcher = await running(rig, feedOf({}, { rules }), { ...replayOf(0, 5), rules });
    await rig.timers.advance(1_000);
    rig.store.outage = new Error('no database');
    rig.publish(dispatcher, ...many(6));
    await rig.timers.advance(1_000);
    rig.store.outage = undefined;
    await rig.timers.advance(1_000);
    expect(rig.store.cursor('replay')).toMatchObject({ watermark: 5 });
    await dispatcher.stop();
  });

  it('goes on with the lanes that it has left behind, and comes no further by that', async () => {
    const rig = new DispatchRig();
    const replay = { ...replayOf(0, 5), subscription: feedOf(retrying({ maxAttempts: 1 })).subscription };
    rig.client.answer = ({ replayId }) => (replayId === null ? DELIVERED : failed(500));
    const dispatcher = await running(rig, feedOf(), replay);
    rig.publish(dispatcher, ...many(9));
    await rig.timers.advance(20_000);
    expect(dispatcher.lags()).toEqual([]);
    rig.client.answer = () => DELIVERED;
    rig.store.redrive('replay');
    await rig.timers.advance(2_000);
    expect(rig.client.delivered('sub-1', 'replay')).toEqual(ids(0, 5));
    expect(rig.store.lanesOf()).toEqual([]);
    expect(rig.store.cursor('replay')).toMatchObject({ watermark: 5 });
    await dispatcher.stop();
  });
});
