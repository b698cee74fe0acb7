import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { slowDown } from '../../testing/idle-feeds.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

const ONE_TRY = retrying({ maxAttempts: 1 });

const badStream = () => {
  const harness = new DispatchHarness();
  harness.client.answer = ({ events: [{ metadata }] }) =>
    metadata.streamId === 'bad' ? failed(500) : DELIVERED;
  return harness;
};
const parkedIds = (harness: DispatchHarness) => harness.store.parkedOf('sub-1').map(({ eventId }) => eventId);

describe('a lane that fails', () => {
  it('parks a dead letter and all later deliveries of its lane, in order, while other lanes continue', async () => {
    const harness = badStream();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, 'bad', 'good', 'bad');
    await harness.clock.advance(10_000);
    harness.publish(dispatcher, 'bad', 'good');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-1', 'event-4']);
    expect(parkedIds(harness)).toEqual(['event-0', 'event-2', 'event-3']);
    expect(harness.store.lanesOf('sub-1')).toEqual([
      {
        feedId: 'sub-1',
        subscriptionId: 'sub-1',
        lane: 'bad',
        offset: 0,
        attempts: 3,
        retryAt: null,
        lastError: 'status 500',
        endpointRevision: 1,
      },
    ]);
    expect(harness.store.cursor('sub-1')).toMatchObject({
      watermark: 5,
      finished: [],
      previousEventId: 'event-4',
      idle: false,
    });
    expect(harness.client.attemptsOf('event-2')).toEqual([]);
    expect(harness.counts).toEqual({ owed: 5, delivered: 2, skipped: 0, parked: 3, redriven: 0 });
    await dispatcher.stop();
  });

  it('takes no memory while its next attempt is not due soon', async () => {
    const harness = badStream();
    const feed = feedOf(retrying({ maxAttempts: 20, initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 }));
    const dispatcher = await running(harness, feed);
    for (let index = 0; index < 300; index++) harness.publish(dispatcher, 'bad');
    await harness.clock.advance(1_000);
    expect(harness.budget.used).toBe(0);
    expect(parkedIds(harness)).toHaveLength(300);
    harness.client.answer = () => DELIVERED;
    await harness.clock.advance(4_500_000);
    expect(harness.client.delivered()).toEqual(Array.from({ length: 300 }, (_, offset) => `event-${offset}`));
    expect(harness.store.lanesOf()).toEqual([]);
    await dispatcher.stop();
  });

  it('waits across restarts, and the chain of previous events stays intact', async () => {
    const harness = badStream();
    const first = await running(harness);
    harness.publish(first, 'bad');
    await harness.clock.advance(10_000);
    await first.stop();
    harness.client.answer = () => DELIVERED;
    const second = await running(harness);
    harness.publish(second, 'bad', 'good');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-2']);
    expect(harness.client.attemptsOf('event-2')[0]?.previousEventId).toBe('event-1');
    expect(parkedIds(harness)).toEqual(['event-0', 'event-1']);
    await second.stop();
  });

  it('is redriven in order before anything newer', async () => {
    const harness = badStream();
    const dispatcher = await running(harness, feedOf(ONE_TRY));
    harness.publish(dispatcher, 'bad', 'bad', 'bad');
    await harness.clock.advance(1_000);
    harness.client.answer = () => DELIVERED;
    harness.client.takesMs = () => 100;
    harness.store.redrive('sub-1');
    await harness.clock.advance(650);
    harness.publish(dispatcher, 'bad', 'bad');
    await harness.clock.advance(5_000);
    harness.publish(dispatcher, 'bad');
    await harness.clock.advance(200);
    expect(harness.client.delivered()).toEqual([0, 1, 2, 3, 4, 5].map((offset) => `event-${offset}`));
    expect(harness.store.lanesOf()).toEqual([]);
    expect(harness.counts).toEqual({ owed: 6, delivered: 6, skipped: 0, parked: 5, redriven: 5 });
    await dispatcher.stop();
  });

  it('continues behind a dead letter that an operator skips', async () => {
    const harness = new DispatchHarness();
    harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.eventId === 'event-0' ? failed(500) : DELIVERED;
    const dispatcher = await running(harness, feedOf(ONE_TRY));
    harness.publish(dispatcher, 'bad', 'bad');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual([]);
    harness.store.skip('sub-1');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-1']);
    await dispatcher.stop();
  });

  it('continues by itself under the skip policy, and the dead letter can be redriven', async () => {
    const harness = badStream();
    const dispatcher = await running(harness, feedOf({ ...ONE_TRY, onExhausted: 'skip' }));
    harness.publish(dispatcher, 'bad', 'bad');
    await harness.clock.advance(1_000);
    expect(harness.store.lanesOf().map(({ lane, attempts, retryAt }) => [lane, attempts, retryAt])).toEqual([
      ['skipped/event-0', 1, null],
      ['skipped/event-1', 1, null],
    ]);
    harness.client.answer = () => DELIVERED;
    harness.publish(dispatcher, 'bad');
    harness.store.redrive('sub-1', 'skipped/event-1');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-2', 'event-1']);
    expect(parkedIds(harness)).toEqual(['event-0']);
    expect(harness.counts).toEqual({ owed: 3, delivered: 2, skipped: 2, parked: 0, redriven: 1 });
    await dispatcher.stop();
  });

  it('does not park deliveries made before a crash that lost their state', async () => {
    const harness = new DispatchHarness({ saveIntervalMs: 1_000_000 });
    harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.eventId === 'event-1' ? failed(500) : DELIVERED;
    const first = await running(harness, feedOf(ONE_TRY));
    harness.publish(first, 'a', 'a');
    await harness.clock.runPending();
    // The crash happens before anything is saved.
    harness.dispatchers.delete(first);
    const second = await running(harness, feedOf(ONE_TRY));
    await harness.clock.advance(1_000);
    await second.stop();
    expect(parkedIds(harness)).toEqual(['event-1']);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-0']);
  });

  it('parks deliveries read with the dead letter while they wait for memory', async () => {
    const harness = new DispatchHarness({ maxQueued: 1 });
    harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.eventId === 'event-0' ? failed(500) : DELIVERED;
    const dispatcher = await running(harness, feedOf(ONE_TRY));
    harness.publish(dispatcher, 'a', 'b', 'a');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-1']);
    expect(parkedIds(harness)).toEqual(['event-0', 'event-2']);
    await dispatcher.stop();
  });

  it('is retried when due, however many lanes of another tenant hang', async () => {
    const harness = new DispatchHarness({ atOnce: 4 });
    const retry = retrying({ maxAttempts: 99, initialDelayMs: 4_000 });
    const greedy = ['g1', 'g2', 'g3'].map((subscriptionId) =>
      feedOf({ ...retry, tenant: 'greedy', subscriptionId }),
    );
    const dispatcher = await running(harness, ...greedy, feedOf(retry));
    const first = harness.log.end;
    const events = ['a', 'b', 'c', 'd'].map((each) => harness.log.append(each, 'order.confirmed', 'greedy'));
    dispatcher.append(harness.log.batch(first, events));
    harness.client.answer = () => failed(500);
    await harness.clock.advance(500);
    harness.client.takesMs = ({ subscription }) => (subscription.tenant === 'greedy' ? 3_600_000 : 0);
    await harness.clock.advance(10_000);
    const [own] = harness.publish(dispatcher, 'own');
    await harness.clock.advance(500);
    harness.client.answer = () => DELIVERED;
    await harness.clock.advance(10_000);
    expect(harness.client.delivered('sub-1')).toEqual([own]);
    const stopping = dispatcher.stop();
    await harness.clock.advance(10_000);
    await stopping;
  });

  it('is not retried while the circuit of its endpoint is open', async () => {
    const harness = new DispatchHarness({}, { openAfterFailures: 2, openMs: 60_000, longestOpenMs: 60_000 });
    harness.client.answer = () => failed(500);
    const dispatcher = await running(harness, feedOf(retrying({ maxAttempts: 99, initialDelayMs: 4_000 })));
    harness.publish(dispatcher, 'a', 'b', 'c');
    await harness.clock.advance(30_000);
    expect(harness.client.seen.length).toBeLessThanOrEqual(4);
    harness.client.answer = () => DELIVERED;
    await harness.clock.advance(120_000);
    expect(harness.client.delivered().toSorted()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });
});

describe('a blocked lane', () => {
  /** One dead letter, with slow lookups of the deliveries behind it. */
  async function withSlowLook() {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness, feedOf(ONE_TRY));
    harness.client.answer = () => failed(500);
    harness.publish(dispatcher, 'a');
    await harness.clock.advance(1_000);
    harness.client.answer = () => DELIVERED;
    return { harness, dispatcher };
  }

  it('is not missed when a delivery is parked and saved while the lane is found empty', async () => {
    const { harness, dispatcher } = await withSlowLook();
    const { parkedDeliveries } = harness.store;
    harness.store.parkedDeliveries = async (...given) => {
      const page = await parkedDeliveries.apply(harness.store, given);
      await harness.clock.sleep(1_000);
      return page;
    };
    harness.store.redrive('sub-1');
    await harness.clock.until(() => harness.store.parkedOf().length === 0);
    for (let index = 0; index < 3; index++) {
      harness.publish(dispatcher, 'a');
      await harness.clock.advance(500);
    }
    await harness.clock.advance(10_000);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-1', 'event-2', 'event-3']);
    await dispatcher.stop();
  });

  it('whose event is missing from the log becomes a dead letter that can be skipped, while others continue', async () => {
    const harness = new DispatchHarness();
    harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'good' ? DELIVERED : failed(500);
    const retry = retrying({ maxAttempts: 9, initialDelayMs: 4_000 });
    const skipping = feedOf({ ...retry, subscriptionId: 'skipping', onExhausted: 'skip' });
    const dispatcher = await running(harness, feedOf(retry), skipping);
    const ids = harness.publish(dispatcher, 'a', 'a', 'a', 'b');
    await harness.clock.advance(500);
    harness.client.answer = () => DELIVERED;
    harness.log.events.splice(1, 1);
    await harness.clock.advance(30_000);
    expect(harness.client.delivered('sub-1').toSorted()).toEqual([ids[0], ids[3]]);
    const dead = { attempts: 0, retryAt: null, lastError: 'gone-from-log' };
    expect(harness.store.lanesOf('sub-1')).toMatchObject([{ lane: 'a', ...dead }]);
    expect(harness.client.delivered('skipping').toSorted()).toEqual([ids[0], ids[2], ids[3]]);
    expect(harness.store.lanesOf('skipping')).toMatchObject([{ lane: `skipped/${ids[1]}`, ...dead }]);
    harness.store.redrive('sub-1');
    await harness.clock.advance(5_000);
    expect(harness.store.lanesOf('sub-1')).toMatchObject([{ lane: 'a', ...dead }]);
    harness.store.skip('sub-1');
    await harness.clock.advance(5_000);
    expect(harness.client.delivered('sub-1').toSorted()).toEqual([ids[0], ids[2], ids[3]]);
    expect(harness.store.lanesOf('sub-1')).toEqual([]);
    await dispatcher.stop();
  });

  it('is not retried from data read before its last attempt', async () => {
    const harness = new DispatchHarness({ patienceMs: 0 });
    harness.client.answer = () => failed(500);
    harness.client.takesMs = () => 600;
    const { dueLanes } = harness.store;
    harness.store.dueLanes = async (...given) => {
      const due = await dueLanes.apply(harness.store, given);
      await harness.clock.sleep(700);
      return due;
    };
    const dispatcher = await running(harness, feedOf(retrying({ initialDelayMs: 100 })));
    harness.publish(dispatcher, 'a');
    await harness.clock.advance(10_000);
    expect(harness.client.attemptsOf('event-0').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(harness.store.lanesOf()).toMatchObject([{ attempts: 3, retryAt: null }]);
    await dispatcher.stop();
  });

  it('loses no delivery that was accepted before the lookup found its lane blocked', async () => {
    const harness = new DispatchHarness({ fewQueued: 1 });
    harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'bad' ? failed(500) : DELIVERED;
    const feed = feedOf(ONE_TRY);
    const first = await running(harness, feed);
    harness.publish(first, 'bad');
    await harness.clock.advance(1_000);
    await first.stop();
    harness.dispatchers.delete(first);
    const second = await running(harness, feed);
    harness.client.takesMs = () => 5_000;
    harness.publish(second, 'slow');
    await harness.clock.advance(100);
    slowDown(harness, 'blockedAmong', 1_000, 'last');
    const ids = harness.publish(second, 'late');
    harness.budget.take('another', 10_000);
    await harness.clock.advance(2_000);
    harness.budget.give('another', 10_000);
    await harness.clock.advance(20_000);
    expect(harness.client.delivered()).toEqual(['event-1', ...ids]);
    await second.stop();
  });
});
