import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { ship } from '../testing/resting-feeds.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

const rule = (...eventTypes: string[]) => ({ rules: [{ from: {}, eventTypes, filter: null }] });

describe('delivering', () => {
  it('keeps the order of each stream under failures, while other streams go on', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    let failures = 2;
    rig.client.answer = ({ events: [event] }) =>
      event.metadata.eventId === 'event-0' && failures-- > 0 ? failed(500) : DELIVERED;
    rig.publish(dispatcher, 'a', 'b', 'a', 'b', 'a');
    await rig.timers.settle();
    expect(rig.client.delivered()).toEqual(['event-1', 'event-3']);
    await rig.timers.advance(10_000);
    expect(rig.client.delivered()).toEqual(['event-1', 'event-3', 'event-0', 'event-2', 'event-4']);
    expect(rig.client.attemptsOf('event-0').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    await dispatcher.stop();
  });

  it('waits between attempts with jitter, and at least as long as the endpoint asks', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, feedOf(retrying({ initialDelayMs: 800 })));
    rig.client.answer = ({ attempt }) =>
      attempt === 1 ? failed(500) : attempt === 2 ? failed(503, 7_000) : DELIVERED;
    rig.publish(dispatcher, 'a');
    await rig.timers.advance(20_000);
    const times = rig.client.attemptsOf('event-0').map(({ at }) => at);
    expect(times[1]! - times[0]!).toBe(900);
    // A long wait is not kept in memory: the lane is found due by a look now and then.
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(7_000);
    expect(times[2]! - times[1]!).toBeLessThan(7_600);
    expect(rig.reports.map(({ retryInMs }) => retryInMs)).toEqual([900, 7_000, null]);
    await dispatcher.stop();
  });

  it('tells which event was owed before, in the order of the partition and whatever is delivered when', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, feedOf({}, rule('order.shipped')));
    const events = ['order.shipped', 'order.confirmed', 'order.shipped', 'order.shipped'].map((type, index) =>
      rig.log.append(`s${index % 3}`, type),
    );
    rig.client.takesMs = ({ events: [event] }) => (event.metadata.eventId === 'event-0' ? 500 : 0);
    dispatcher.append({ first: 0, events, next: rig.log.end });
    await rig.timers.advance(1_000);
    const previous = Object.fromEntries(
      rig.client.seen.map(({ events: [event], previousEventId }) => [
        event.metadata.eventId,
        previousEventId,
      ]),
    );
    expect(previous).toEqual({ 'event-0': null, 'event-2': 'event-0', 'event-3': 'event-2' });
    await dispatcher.stop();
  });

  it('gives a feed only the events of its tenant and types', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(
      rig,
      feedOf({ subscriptionId: 'all' }),
      feedOf({ subscriptionId: 'updates' }, rule('order.updated')),
      feedOf({ subscriptionId: 'foreign', tenant: 'other' }),
    );
    const events = [rig.log.append('a', 'order.created'), rig.log.append('a', 'order.confirmed')];
    events.push(rig.log.append('x', 'order.created', 'other'));
    dispatcher.append({ first: 0, events, next: rig.log.end });
    await rig.timers.settle();
    expect(rig.client.delivered('all')).toEqual(['event-0', 'event-1']);
    expect(rig.client.delivered('updates')).toEqual(['event-1']);
    expect(rig.client.delivered('foreign')).toEqual(['event-2']);
    await dispatcher.stop();
  });

  it('keeps as many requests in flight as allowed, and a waiting retry takes no place', async () => {
    const rig = new DispatchRig({}, { concurrency: 2 });
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 100;
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId.startsWith('bad') ? failed(500) : DELIVERED;
    rig.random = () => 0.999;
    rig.publish(dispatcher, 'bad-1', 'bad-2', 'bad-3', 'good-1', 'good-2');
    await rig.timers.advance(350);
    expect(rig.client.delivered()).toEqual(['event-3', 'event-4']);
    expect(rig.client.mostInFlight).toBe(2);
    await dispatcher.stop();
  });

  it('reads no further ahead than it may hold', async () => {
    const rig = new DispatchRig({ maxQueued: 5 });
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 1_000;
    rig.publish(dispatcher, ...Array.from({ length: 50 }, (_, index) => `s${index}`));
    await rig.timers.advance(500);
    expect(rig.client.seen).toHaveLength(5);
    expect(rig.budget.used).toBe(5);
    await rig.timers.advance(60_000);
    expect(rig.client.delivered()).toHaveLength(50);
    expect(rig.budget.used).toBe(0);
    await dispatcher.stop();
  });

  it('takes a few even when the memory for all is used up', async () => {
    const rig = new DispatchRig({ fewQueued: 2 });
    rig.budget.take('another', 10_000);
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 100;
    rig.publish(dispatcher, 'a', 'b', 'c', 'd', 'e');
    await rig.timers.advance(50);
    expect(rig.client.seen).toHaveLength(2);
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toHaveLength(5);
    await dispatcher.stop();
  });

  it('takes little more than what can be attempted at once, over all that wait for the endpoint', async () => {
    const rig = new DispatchRig({ mostWaiting: 6, fewQueued: 2 }, { concurrency: 3 });
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 1_000;
    rig.publish(dispatcher, ...Array.from({ length: 50 }, (_, index) => `s${index}`));
    await rig.timers.advance(500);
    expect(rig.client.seen).toHaveLength(3);
    expect(rig.budget.used).toBe(3 + 6);
    await rig.timers.advance(60_000);
    expect(rig.client.delivered()).toHaveLength(50);
    await dispatcher.stop();
  });

  it('does not let one that hangs delay another', async () => {
    const rig = new DispatchRig({ maxQueued: 3 });
    const dispatcher = await running(
      rig,
      feedOf({ subscriptionId: 'hangs', ordering: 'partition' }),
      feedOf({ subscriptionId: 'quick', ordering: 'partition' }),
    );
    rig.client.takesMs = ({ subscription }) => (subscription.subscriptionId === 'hangs' ? 3_600_000 : 0);
    for (let index = 0; index < 20; index++) rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    expect(rig.client.delivered('quick')).toHaveLength(20);
    await Promise.all([dispatcher.stop(), rig.timers.advance(6_000)]);
  });
});

describe('what was looked at', () => {
  it('is counted once for all, as owed to some or to none', async () => {
    const rig = new DispatchRig();
    const feeds = ['one', 'two'].map((id) => feedOf({ subscriptionId: id }, rule('order.shipped')));
    const dispatcher = await running(rig, ...feeds);
    rig.publish(dispatcher, 'a', 'b', 'c');
    ship(rig);
    await rig.timers.advance(100);
    expect([rig.looks, rig.counts.owed]).toEqual([{ owed: 1, filtered: 3 }, 2]);
    await dispatcher.stop();
  });
});

describe('batch mode', () => {
  const sizes = (rig: DispatchRig) => rig.client.seen.map(({ events }) => events.length);

  it('puts what there is in one request, in order, and waits for more no longer than it may', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, feedOf({ batch: { maxEvents: 3, maxWaitMs: 200 } }));
    rig.publish(dispatcher, 'a', 'b');
    await rig.timers.advance(100);
    expect(rig.client.seen).toEqual([]);
    await rig.timers.advance(150);
    rig.publish(dispatcher, 'a', 'b', 'c', 'd');
    await rig.timers.advance(10);
    expect(sizes(rig)).toEqual([2, 3]);
    await rig.timers.advance(200);
    expect(sizes(rig)).toEqual([2, 3, 1]);
    expect(rig.client.delivered()).toEqual([0, 1, 2, 3, 4, 5].map((offset) => `event-${offset}`));
    expect(rig.client.seen.map(({ previousEventId }) => previousEventId)).toEqual([
      null,
      'event-1',
      'event-4',
    ]);
    await dispatcher.stop();
  });

  it('puts fewer in a request where they are large', async () => {
    const rig = new DispatchRig();
    const feed = feedOf({ batch: { maxEvents: 10, maxWaitMs: 0 } });
    rig.log.bytes = 6_000_000;
    rig.publish(undefined, 'a', 'b', 'c', 'd', 'e');
    const dispatcher = await running(rig, feed);
    await rig.timers.advance(1_000);
    expect(sizes(rig)).toEqual([2, 2, 1]);
    expect(rig.client.delivered()).toEqual([0, 1, 2, 3, 4].map((offset) => `event-${offset}`));
    await dispatcher.stop();
  });

  it('fills its requests from history', async () => {
    const rig = new DispatchRig();
    rig.publish(undefined, ...Array.from({ length: 40 }, () => 'a'));
    const dispatcher = await running(rig, feedOf({ batch: { maxEvents: 15, maxWaitMs: 0 } }));
    await rig.timers.advance(1_000);
    expect(sizes(rig)).toEqual([15, 15, 10]);
    await dispatcher.stop();
  });

  it('is all or nothing, also when it comes to dead letters', async () => {
    const rig = new DispatchRig();
    const feed = feedOf({
      batch: { maxEvents: 3, maxWaitMs: 0 },
      retry: { ...feedOf().subscription.retry, maxAttempts: 1 },
    });
    const dispatcher = await running(rig, feed);
    rig.client.answer = () => failed(500);
    rig.publish(dispatcher, 'a', 'b', 'c', 'd');
    await rig.timers.advance(1_000);
    expect(rig.store.heldOf('sub-1').map(({ eventId }) => eventId)).toHaveLength(4);
    rig.client.answer = () => DELIVERED;
    rig.store.redrive('sub-1');
    await rig.timers.advance(2_000);
    expect(sizes(rig)).toEqual([3, 3, 1]);
    expect(rig.store.heldOf()).toEqual([]);
    await dispatcher.stop();
  });
});
