import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { ship } from '../../testing/idle-feeds.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

const rule = (...eventTypes: string[]) => ({ rules: [{ from: {}, eventTypes, filter: null }] });

describe('delivering', () => {
  it('keeps the order of each stream under failures, while other streams continue', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    let failures = 2;
    harness.client.answer = ({ events: [event] }) =>
      event.metadata.eventId === 'event-0' && failures-- > 0 ? failed(500) : DELIVERED;
    harness.publish(dispatcher, 'a', 'b', 'a', 'b', 'a');
    await harness.clock.runPending();
    expect(harness.client.delivered()).toEqual(['event-1', 'event-3']);
    await harness.clock.advance(10_000);
    expect(harness.client.delivered()).toEqual(['event-1', 'event-3', 'event-0', 'event-2', 'event-4']);
    expect(harness.client.attemptsOf('event-0').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    await dispatcher.stop();
  });

  it('waits between attempts with jitter, and at least as long as the endpoint asks', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness, feedOf(retrying({ initialDelayMs: 800 })));
    harness.client.answer = ({ attempt }) =>
      attempt === 1 ? failed(500) : attempt === 2 ? failed(503, 7_000) : DELIVERED;
    harness.publish(dispatcher, 'a');
    await harness.clock.advance(20_000);
    const times = harness.client.attemptsOf('event-0').map(({ at }) => at);
    expect(times[1]! - times[0]!).toBe(900);
    // A lane with a long delay leaves memory, and periodic polling finds it due.
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(7_000);
    expect(times[2]! - times[1]!).toBeLessThan(7_600);
    expect(harness.reports.map(({ retryInMs }) => retryInMs)).toEqual([900, 7_000, null]);
    await dispatcher.stop();
  });

  it('names the previously owed event in partition order, whatever the order of delivery', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness, feedOf({}, rule('order.shipped')));
    const events = ['order.shipped', 'order.confirmed', 'order.shipped', 'order.shipped'].map((type, index) =>
      harness.log.append(`s${index % 3}`, type),
    );
    harness.client.takesMs = ({ events: [event] }) => (event.metadata.eventId === 'event-0' ? 500 : 0);
    dispatcher.append(harness.log.batch(0, events));
    await harness.clock.advance(1_000);
    const previous = Object.fromEntries(
      harness.client.seen.map(({ events: [event], previousEventId }) => [
        event.metadata.eventId,
        previousEventId,
      ]),
    );
    expect(previous).toEqual({ 'event-0': null, 'event-2': 'event-0', 'event-3': 'event-2' });
    await dispatcher.stop();
  });

  it('gives a feed only the events of its tenant and types', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(
      harness,
      feedOf({ subscriptionId: 'all' }),
      feedOf({ subscriptionId: 'updates' }, rule('order.updated')),
      feedOf({ subscriptionId: 'foreign', tenant: 'other' }),
    );
    const events = [harness.log.append('a', 'order.created'), harness.log.append('a', 'order.confirmed')];
    events.push(harness.log.append('x', 'order.created', 'other'));
    dispatcher.append(harness.log.batch(0, events));
    await harness.clock.runPending();
    expect(harness.client.delivered('all')).toEqual(['event-0', 'event-1']);
    expect(harness.client.delivered('updates')).toEqual(['event-1']);
    expect(harness.client.delivered('foreign')).toEqual(['event-2']);
    await dispatcher.stop();
  });

  it('keeps as many requests in flight as allowed, not counting waiting retries', async () => {
    const harness = new DispatchHarness({}, { concurrency: 2 });
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 100;
    harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId.startsWith('bad') ? failed(500) : DELIVERED;
    harness.random = () => 0.999;
    harness.publish(dispatcher, 'bad-1', 'bad-2', 'bad-3', 'good-1', 'good-2');
    await harness.clock.advance(350);
    expect(harness.client.delivered()).toEqual(['event-3', 'event-4']);
    expect(harness.client.mostInFlight).toBe(2);
    await dispatcher.stop();
  });

  it('reads no further ahead than its memory allows', async () => {
    const harness = new DispatchHarness({ maxQueued: 5 });
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 1_000;
    harness.publish(dispatcher, ...Array.from({ length: 50 }, (_, index) => `s${index}`));
    await harness.clock.advance(500);
    expect(harness.client.seen).toHaveLength(5);
    expect(harness.budget.used).toBe(5);
    await harness.clock.advance(60_000);
    expect(harness.client.delivered()).toHaveLength(50);
    expect(harness.budget.used).toBe(0);
    await dispatcher.stop();
  });

  it('accepts a few events even when the shared memory is used up', async () => {
    const harness = new DispatchHarness({ fewQueued: 2 });
    harness.budget.take('another', 10_000);
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 100;
    harness.publish(dispatcher, 'a', 'b', 'c', 'd', 'e');
    await harness.clock.advance(50);
    expect(harness.client.seen).toHaveLength(2);
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toHaveLength(5);
    await dispatcher.stop();
  });

  it('accepts little more than can be attempted at once, counting everything that waits for the endpoint', async () => {
    const harness = new DispatchHarness({ mostWaiting: 6, fewQueued: 2 }, { concurrency: 3 });
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 1_000;
    harness.publish(dispatcher, ...Array.from({ length: 50 }, (_, index) => `s${index}`));
    await harness.clock.advance(500);
    expect(harness.client.seen).toHaveLength(3);
    expect(harness.budget.used).toBe(3 + 6);
    await harness.clock.advance(60_000);
    expect(harness.client.delivered()).toHaveLength(50);
    await dispatcher.stop();
  });

  it('does not let a hanging endpoint delay another', async () => {
    const harness = new DispatchHarness({ maxQueued: 3 });
    const dispatcher = await running(
      harness,
      feedOf({ subscriptionId: 'hangs', ordering: 'partition' }),
      feedOf({ subscriptionId: 'quick', ordering: 'partition' }),
    );
    harness.client.takesMs = ({ subscription }) => (subscription.subscriptionId === 'hangs' ? 3_600_000 : 0);
    for (let index = 0; index < 20; index++) harness.publish(dispatcher, 'a');
    await harness.clock.runPending();
    expect(harness.client.delivered('quick')).toHaveLength(20);
    await Promise.all([dispatcher.stop(), harness.clock.advance(6_000)]);
  });
});

describe('a scanned event', () => {
  it('is counted once for all feeds, as owed or not', async () => {
    const harness = new DispatchHarness();
    const feeds = ['one', 'two'].map((id) => feedOf({ subscriptionId: id }, rule('order.shipped')));
    const dispatcher = await running(harness, ...feeds);
    harness.publish(dispatcher, 'a', 'b', 'c');
    ship(harness);
    await harness.clock.advance(100);
    expect([harness.looks, harness.counts.owed]).toEqual([{ owed: 1, filtered: 3 }, 2]);
    await dispatcher.stop();
  });
});

describe('batch mode', () => {
  const sizes = (harness: DispatchHarness) => harness.client.seen.map(({ events }) => events.length);

  it('sends what there is in one request, in order, and waits for more only within its limit', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness, feedOf({ batch: { maxEvents: 3, maxWaitMs: 200 } }));
    harness.publish(dispatcher, 'a', 'b');
    await harness.clock.advance(100);
    expect(harness.client.seen).toEqual([]);
    await harness.clock.advance(150);
    harness.publish(dispatcher, 'a', 'b', 'c', 'd');
    await harness.clock.advance(10);
    expect(sizes(harness)).toEqual([2, 3]);
    await harness.clock.advance(200);
    expect(sizes(harness)).toEqual([2, 3, 1]);
    expect(harness.client.delivered()).toEqual([0, 1, 2, 3, 4, 5].map((offset) => `event-${offset}`));
    expect(harness.client.seen.map(({ previousEventId }) => previousEventId)).toEqual([
      null,
      'event-1',
      'event-4',
    ]);
    await dispatcher.stop();
  });

  it('sends fewer events per request if they are large', async () => {
    const harness = new DispatchHarness();
    const feed = feedOf({ batch: { maxEvents: 10, maxWaitMs: 0 } });
    harness.log.bytes = 6_000_000;
    harness.publish(undefined, 'a', 'b', 'c', 'd', 'e');
    const dispatcher = await running(harness, feed);
    await harness.clock.advance(1_000);
    expect(sizes(harness)).toEqual([2, 2, 1]);
    expect(harness.client.delivered()).toEqual([0, 1, 2, 3, 4].map((offset) => `event-${offset}`));
    await dispatcher.stop();
  });

  it('fills its requests from history', async () => {
    const harness = new DispatchHarness();
    harness.publish(undefined, ...Array.from({ length: 40 }, () => 'a'));
    const dispatcher = await running(harness, feedOf({ batch: { maxEvents: 15, maxWaitMs: 0 } }));
    await harness.clock.advance(1_000);
    expect(sizes(harness)).toEqual([15, 15, 10]);
    await dispatcher.stop();
  });

  it('succeeds or fails as a whole, even as dead letters', async () => {
    const harness = new DispatchHarness();
    const feed = feedOf({
      batch: { maxEvents: 3, maxWaitMs: 0 },
      retry: { ...feedOf().subscription.retry, maxAttempts: 1 },
    });
    const dispatcher = await running(harness, feed);
    harness.client.answer = () => failed(500);
    harness.publish(dispatcher, 'a', 'b', 'c', 'd');
    await harness.clock.advance(1_000);
    expect(harness.store.parkedOf('sub-1').map(({ eventId }) => eventId)).toHaveLength(4);
    harness.client.answer = () => DELIVERED;
    harness.store.redrive('sub-1');
    await harness.clock.advance(2_000);
    expect(sizes(harness)).toEqual([3, 3, 1]);
    expect(harness.store.parkedOf()).toEqual([]);
    await dispatcher.stop();
  });
});
