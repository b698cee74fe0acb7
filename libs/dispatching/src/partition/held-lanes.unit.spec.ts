import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { slowDown } from '../testing/resting-feeds.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

const ONE_TRY = retrying({ maxAttempts: 1 });

const badStream = () => {
  const rig = new DispatchRig();
  rig.client.answer = ({ events: [{ metadata }] }) => (metadata.streamId === 'bad' ? failed(500) : DELIVERED);
  return rig;
};
const heldIds = (rig: DispatchRig) => rig.store.heldOf('sub-1').map(({ eventId }) => eventId);

describe('a lane that fails', () => {
  it('holds back a dead letter and all later ones, in order; others go on', async () => {
    const rig = badStream();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'bad', 'good', 'bad');
    await rig.timers.advance(10_000);
    rig.publish(dispatcher, 'bad', 'good');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-1', 'event-4']);
    expect(heldIds(rig)).toEqual(['event-0', 'event-2', 'event-3']);
    expect(rig.store.lanesOf('sub-1')).toEqual([
      {
        feedId: 'sub-1',
        subscriptionId: 'sub-1',
        lane: 'bad',
        attempts: 3,
        retryAt: null,
        lastError: 'status 500',
        endpointRevision: 1,
      },
    ]);
    expect(rig.store.cursor('sub-1')).toMatchObject({
      watermark: 5,
      finished: [],
      previousEventId: 'event-4',
      resting: false,
    });
    expect(rig.client.attemptsOf('event-2')).toEqual([]);
    expect(rig.counts).toEqual({ owed: 5, delivered: 2, skipped: 0, held: 3, redriven: 0 });
    await dispatcher.stop();
  });

  it('takes no memory while its next try is not due soon', async () => {
    const rig = badStream();
    const feed = feedOf(retrying({ maxAttempts: 20, initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 }));
    const dispatcher = await running(rig, feed);
    for (let index = 0; index < 300; index++) rig.publish(dispatcher, 'bad');
    await rig.timers.advance(1_000);
    expect(rig.budget.used).toBe(0);
    expect(heldIds(rig)).toHaveLength(300);
    rig.client.answer = () => DELIVERED;
    await rig.timers.advance(4_500_000);
    expect(rig.client.delivered()).toEqual(Array.from({ length: 300 }, (_, offset) => `event-${offset}`));
    expect(rig.store.lanesOf()).toEqual([]);
    await dispatcher.stop();
  });

  it('waits over restarts, and the chain of previous events stays whole', async () => {
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
    expect(heldIds(rig)).toEqual(['event-0', 'event-1']);
    await second.stop();
  });

  it('is redriven in order, before it takes anything newer', async () => {
    const rig = badStream();
    const dispatcher = await running(rig, feedOf(ONE_TRY));
    rig.publish(dispatcher, 'bad', 'bad', 'bad');
    await rig.timers.advance(1_000);
    rig.client.answer = () => DELIVERED;
    rig.client.takesMs = () => 100;
    rig.store.redrive('sub-1');
    await rig.timers.advance(650);
    rig.publish(dispatcher, 'bad', 'bad');
    await rig.timers.advance(5_000);
    rig.publish(dispatcher, 'bad');
    await rig.timers.advance(200);
    expect(rig.client.delivered()).toEqual([0, 1, 2, 3, 4, 5].map((offset) => `event-${offset}`));
    expect(rig.store.lanesOf()).toEqual([]);
    expect(rig.counts).toEqual({ owed: 6, delivered: 6, skipped: 0, held: 5, redriven: 5 });
    await dispatcher.stop();
  });

  it('goes on behind a dead letter that a person skips', async () => {
    const rig = new DispatchRig();
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.eventId === 'event-0' ? failed(500) : DELIVERED;
    const dispatcher = await running(rig, feedOf(ONE_TRY));
    rig.publish(dispatcher, 'bad', 'bad');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual([]);
    rig.store.skip('sub-1');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-1']);
    await dispatcher.stop();
  });

  it('goes on by itself where the subscription says skip, and the dead letter can be redriven', async () => {
    const rig = badStream();
    const dispatcher = await running(rig, feedOf({ ...ONE_TRY, onExhausted: 'skip' }));
    rig.publish(dispatcher, 'bad', 'bad');
    await rig.timers.advance(1_000);
    expect(rig.store.lanesOf().map(({ lane, attempts, retryAt }) => [lane, attempts, retryAt])).toEqual([
      ['skipped/event-0', 1, null],
      ['skipped/event-1', 1, null],
    ]);
    rig.client.answer = () => DELIVERED;
    rig.publish(dispatcher, 'bad');
    rig.store.redrive('sub-1', 'skipped/event-1');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-2', 'event-1']);
    expect(heldIds(rig)).toEqual(['event-0']);
    expect(rig.counts).toEqual({ owed: 3, delivered: 2, skipped: 2, held: 0, redriven: 1 });
    await dispatcher.stop();
  });

  it('holds back nothing of what was delivered before, though a crash forgot that it was', async () => {
    const rig = new DispatchRig({ saveIntervalMs: 1_000_000 });
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.eventId === 'event-1' ? failed(500) : DELIVERED;
    const first = await running(rig, feedOf(ONE_TRY));
    rig.publish(first, 'a', 'a');
    await rig.timers.settle();
    // Nothing of it was saved: that is the crash.
    rig.dispatchers.delete(first);
    const second = await running(rig, feedOf(ONE_TRY));
    await rig.timers.advance(1_000);
    await second.stop();
    expect(heldIds(rig)).toEqual(['event-1']);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-0']);
  });

  it('holds back what was read together with the dead letter, and waited for room', async () => {
    const rig = new DispatchRig({ maxQueued: 1 });
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.eventId === 'event-0' ? failed(500) : DELIVERED;
    const dispatcher = await running(rig, feedOf(ONE_TRY));
    rig.publish(dispatcher, 'a', 'b', 'a');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-1']);
    expect(heldIds(rig)).toEqual(['event-0', 'event-2']);
    await dispatcher.stop();
  });

  it('is tried when it is due, however many lanes of another tenant hang', async () => {
    const rig = new DispatchRig({ atOnce: 4 });
    const retry = retrying({ maxAttempts: 99, initialDelayMs: 4_000 });
    const greedy = ['g1', 'g2', 'g3'].map((subscriptionId) =>
      feedOf({ ...retry, tenant: 'greedy', subscriptionId }),
    );
    const dispatcher = await running(rig, ...greedy, feedOf(retry));
    const first = rig.log.end;
    const events = ['a', 'b', 'c', 'd'].map((each) => rig.log.append(each, 'order.confirmed', 'greedy'));
    dispatcher.append({ first, events, next: rig.log.end });
    rig.client.answer = () => failed(500);
    await rig.timers.advance(500);
    rig.client.takesMs = ({ subscription }) => (subscription.tenant === 'greedy' ? 3_600_000 : 0);
    await rig.timers.advance(10_000);
    const [own] = rig.publish(dispatcher, 'own');
    await rig.timers.advance(500);
    rig.client.answer = () => DELIVERED;
    await rig.timers.advance(10_000);
    expect(rig.client.delivered('sub-1')).toEqual([own]);
    const stopping = dispatcher.stop();
    await rig.timers.advance(10_000);
    await stopping;
  });

  it('is not tried while its endpoint is dead', async () => {
    const rig = new DispatchRig({}, { deadAfter: 2, probePauseMs: 60_000, longestProbePauseMs: 60_000 });
    rig.client.answer = () => failed(500);
    const dispatcher = await running(rig, feedOf(retrying({ maxAttempts: 99, initialDelayMs: 4_000 })));
    rig.publish(dispatcher, 'a', 'b', 'c');
    await rig.timers.advance(30_000);
    expect(rig.client.seen.length).toBeLessThanOrEqual(4);
    rig.client.answer = () => DELIVERED;
    await rig.timers.advance(120_000);
    expect(rig.client.delivered().toSorted()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });
});

describe('a lane that waits in the database', () => {
  /** One dead letter; what follows of its lane is looked for very slowly. */
  async function withSlowLook() {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, feedOf(ONE_TRY));
    rig.client.answer = () => failed(500);
    rig.publish(dispatcher, 'a');
    await rig.timers.advance(1_000);
    rig.client.answer = () => DELIVERED;
    return { rig, dispatcher };
  }

  it('is not passed by, when something is held back and saved while it is found empty', async () => {
    const { rig, dispatcher } = await withSlowLook();
    const { heldDeliveries } = rig.store;
    rig.store.heldDeliveries = async (...given) => {
      const page = await heldDeliveries.apply(rig.store, given);
      await rig.timers.sleep(1_000);
      return page;
    };
    rig.store.redrive('sub-1');
    await rig.timers.until(() => rig.store.heldOf().length === 0);
    for (let index = 0; index < 3; index++) {
      rig.publish(dispatcher, 'a');
      await rig.timers.advance(500);
    }
    await rig.timers.advance(10_000);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1', 'event-2', 'event-3']);
    await dispatcher.stop();
  });

  it('whose event is left out of the log becomes a dead letter, which a person can skip; others go on', async () => {
    const rig = new DispatchRig();
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'good' ? DELIVERED : failed(500);
    const retry = retrying({ maxAttempts: 9, initialDelayMs: 4_000 });
    const skipping = feedOf({ ...retry, subscriptionId: 'skipping', onExhausted: 'skip' });
    const dispatcher = await running(rig, feedOf(retry), skipping);
    const ids = rig.publish(dispatcher, 'a', 'a', 'a', 'b');
    await rig.timers.advance(500);
    rig.client.answer = () => DELIVERED;
    rig.log.events.splice(1, 1);
    await rig.timers.advance(30_000);
    expect(rig.client.delivered('sub-1').toSorted()).toEqual([ids[0], ids[3]]);
    const dead = { attempts: 0, retryAt: null, lastError: 'gone-from-log' };
    expect(rig.store.lanesOf('sub-1')).toMatchObject([{ lane: 'a', ...dead }]);
    expect(rig.client.delivered('skipping').toSorted()).toEqual([ids[0], ids[2], ids[3]]);
    expect(rig.store.lanesOf('skipping')).toMatchObject([{ lane: `skipped/${ids[1]}`, ...dead }]);
    rig.store.redrive('sub-1');
    await rig.timers.advance(5_000);
    expect(rig.store.lanesOf('sub-1')).toMatchObject([{ lane: 'a', ...dead }]);
    rig.store.skip('sub-1');
    await rig.timers.advance(5_000);
    expect(rig.client.delivered('sub-1').toSorted()).toEqual([ids[0], ids[2], ids[3]]);
    expect(rig.store.lanesOf('sub-1')).toEqual([]);
    await dispatcher.stop();
  });

  it('is not tried again by what was known of it before it was tried', async () => {
    const rig = new DispatchRig({ patienceMs: 0 });
    rig.client.answer = () => failed(500);
    rig.client.takesMs = () => 600;
    const { dueLanes } = rig.store;
    rig.store.dueLanes = async (...given) => {
      const due = await dueLanes.apply(rig.store, given);
      await rig.timers.sleep(700);
      return due;
    };
    const dispatcher = await running(rig, feedOf(retrying({ initialDelayMs: 100 })));
    rig.publish(dispatcher, 'a');
    await rig.timers.advance(10_000);
    expect(rig.client.attemptsOf('event-0').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(rig.store.lanesOf()).toMatchObject([{ attempts: 3, retryAt: null }]);
    await dispatcher.stop();
  });

  it('loses nothing for which there was room until the answer came whether its lane waits', async () => {
    const rig = new DispatchRig({ fewQueued: 1 });
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'bad' ? failed(500) : DELIVERED;
    const feed = feedOf(ONE_TRY);
    const first = await running(rig, feed);
    rig.publish(first, 'bad');
    await rig.timers.advance(1_000);
    await first.stop();
    rig.dispatchers.delete(first);
    const second = await running(rig, feed);
    rig.client.takesMs = () => 5_000;
    rig.publish(second, 'slow');
    await rig.timers.advance(100);
    slowDown(rig, 'heldAmong', 1_000, 'last');
    const ids = rig.publish(second, 'late');
    rig.budget.take('another', 10_000);
    await rig.timers.advance(2_000);
    rig.budget.give('another', 10_000);
    await rig.timers.advance(20_000);
    expect(rig.client.delivered()).toEqual(['event-1', ...ids]);
    await second.stop();
  });
});
