import { DispatchRig, subscriptionOf } from './testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from './testing/scripted-client.fixture.js';

const SUBSCRIPTION = subscriptionOf();

/** A dispatcher that feeds the subscriptions from the beginning of the log. */
async function running(rig: DispatchRig, ...subscriptions: ReturnType<typeof subscriptionOf>[]) {
  const dispatcher = rig.dispatcher();
  await dispatcher.reconcile(subscriptions.length > 0 ? subscriptions : [SUBSCRIPTION]);
  return dispatcher;
}

describe('delivering', () => {
  it('keeps the order of each stream under failures, while other streams go on', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    let failures = 2;
    rig.client.answer = ({ event }) =>
      event.metadata.eventId === 'event-0' && failures-- > 0 ? failed(500) : DELIVERED;
    rig.publish(dispatcher, 'a', 'b', 'a', 'b', 'a');
    await rig.timers.settle();
    expect(rig.client.delivered()).toEqual(['event-1', 'event-3']);
    await rig.timers.advance(10_000);
    expect(rig.client.delivered()).toEqual(['event-1', 'event-3', 'event-0', 'event-2', 'event-4']);
    expect(rig.client.attemptsOf('event-0').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    await dispatcher.stop();
  });

  it('waits between attempts with full jitter, and as long as the endpoint asks', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.client.answer = ({ attempt }) =>
      attempt === 1 ? failed(500) : attempt === 2 ? failed(503, 7_000) : DELIVERED;
    rig.publish(dispatcher, 'a');
    await rig.timers.advance(20_000);
    const times = rig.client.attemptsOf('event-0').map(({ at }) => at);
    expect(times[1]! - times[0]!).toBe(500);
    expect(times[2]! - times[1]!).toBe(7_000);
    expect(rig.reports.map(({ retryInMs }) => retryInMs)).toEqual([500, 7_000, null]);
    await dispatcher.stop();
  });

  it('tells which event was owed before, in the order of the partition and whatever is delivered when', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, subscriptionOf({ eventTypes: ['order.shipped'] }));
    const wanted = [rig.log.append('a', 'order.shipped'), rig.log.append('b', 'order.confirmed')];
    wanted.push(rig.log.append('c', 'order.shipped'), rig.log.append('a', 'order.shipped'));
    rig.client.takesMs = ({ event }) => (event.metadata.eventId === 'event-0' ? 500 : 0);
    dispatcher.append({ first: 0, events: wanted, next: rig.log.end });
    await rig.timers.advance(1_000);
    const previous = Object.fromEntries(
      rig.client.seen.map(({ event, previousEventId }) => [event.metadata.eventId, previousEventId]),
    );
    expect(previous).toEqual({ 'event-0': null, 'event-2': 'event-0', 'event-3': 'event-2' });
    await dispatcher.stop();
  });

  it('gives a subscription only the events of its tenant and types', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(
      rig,
      subscriptionOf({ subscriptionId: 'all' }),
      subscriptionOf({ subscriptionId: 'updates', eventTypes: ['order.updated'] }),
      subscriptionOf({ subscriptionId: 'foreign', tenant: 'other' }),
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
    const rig = new DispatchRig({}, 2);
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 100;
    rig.client.answer = ({ event }) => (event.metadata.streamId.startsWith('bad') ? failed(500) : DELIVERED);
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
    await rig.timers.advance(60_000);
    expect(rig.client.delivered()).toHaveLength(50);
    await dispatcher.stop();
  });
});

describe('parking', () => {
  const badStream = () => {
    const rig = new DispatchRig();
    rig.client.answer = ({ event }) => (event.metadata.streamId === 'bad' ? failed(500) : DELIVERED);
    return rig;
  };

  it('parks a delivery that ran out of attempts and all later ones of its lane, in order; others go on', async () => {
    const rig = badStream();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'bad', 'good', 'bad');
    await rig.timers.advance(10_000);
    rig.publish(dispatcher, 'bad', 'good');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-1', 'event-4']);
    const rows = rig.store.parked.get('sub-1')!;
    expect(rows.map(({ eventId, attempts, lastError }) => [eventId, attempts, lastError])).toEqual([
      ['event-0', 3, 'status 500'],
      ['event-2', 0, null],
      ['event-3', 0, null],
    ]);
    expect(rig.store.cursors.get('sub-1')?.state).toEqual({
      watermark: 5,
      finished: [],
      previousEventId: 'event-4',
    });
    expect(rig.client.attemptsOf('event-2')).toEqual([]);
    await dispatcher.stop();
  });

  it('keeps a lane parked over restarts, and the chain of previous events whole', async () => {
    const rig = badStream();
    const first = await running(rig);
    rig.publish(first, 'bad');
    await rig.timers.advance(10_000);
    await first.stop();
    rig.client.answer = () => DELIVERED;
    const second = await running(rig);
    rig.publish(second, 'bad', 'good');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-2']);
    expect(rig.client.attemptsOf('event-2')[0]?.previousEventId).toBe('event-1');
    expect(rig.store.parked.get('sub-1')?.map(({ eventId }) => eventId)).toEqual(['event-0', 'event-1']);
    await second.stop();
  });

  it('parks nothing of what was delivered before, though the crash forgot that it was', async () => {
    const rig = new DispatchRig({ saveIntervalMs: 1_000_000 });
    const subscription = subscriptionOf({ retry: { ...SUBSCRIPTION.retry, maxAttempts: 1 } });
    await running(rig, subscription);
    rig.client.answer = ({ event }) => (event.metadata.eventId === 'event-1' ? failed(500) : DELIVERED);
    rig.publish(undefined, 'a', 'a');
    const first = await running(rig, subscription);
    await rig.timers.settle();
    expect(rig.store.parked.get('sub-1')?.map(({ eventId }) => eventId)).toEqual(['event-1']);
    // Crash: the first dispatcher saves nothing.
    void first;
    const second = await running(rig, subscription);
    await rig.timers.settle();
    expect(rig.store.parked.get('sub-1')?.map(({ eventId }) => eventId)).toEqual(['event-1']);
    expect(rig.client.attemptsOf('event-0')).toHaveLength(1);
    await second.stop();
  });

  it('holds back what comes while the lane is being parked', async () => {
    const rig = badStream();
    const dispatcher = await running(
      rig,
      subscriptionOf({ retry: { ...SUBSCRIPTION.retry, maxAttempts: 1 } }),
    );
    const park = rig.store.park.bind(rig.store);
    rig.store.park = async (...args) => {
      await rig.timers.sleep(500);
      return park(...args);
    };
    rig.publish(dispatcher, 'bad');
    await rig.timers.advance(200);
    rig.publish(dispatcher, 'bad');
    await rig.timers.advance(2_000);
    expect(rig.store.parked.get('sub-1')?.map(({ eventId }) => eventId)).toEqual(['event-0', 'event-1']);
    expect(rig.client.seen).toHaveLength(1);
    await dispatcher.stop();
  });

  it('holds back what was read together with the dead letter, and waited for room', async () => {
    const rig = new DispatchRig({ maxQueued: 1 });
    rig.client.answer = ({ event }) => (event.metadata.eventId === 'event-0' ? failed(500) : DELIVERED);
    const dispatcher = await running(
      rig,
      subscriptionOf({ retry: { ...SUBSCRIPTION.retry, maxAttempts: 1 } }),
    );
    rig.publish(dispatcher, 'a', 'b', 'a');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-1']);
    expect(rig.store.parked.get('sub-1')?.map(({ eventId }) => eventId)).toEqual(['event-0', 'event-2']);
    await dispatcher.stop();
  });
});
