import { DispatchRig, subscriptionOf } from './testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from './testing/scripted-client.fixture.js';

const SUBSCRIPTION = subscriptionOf();

/** A dispatcher that feeds the subscriptions from the beginning of the log. */
async function running(rig: DispatchRig, ...subscriptions: ReturnType<typeof subscriptionOf>[]) {
  const dispatcher = rig.dispatcher();
  await dispatcher.reconcile(subscriptions.length > 0 ? subscriptions : [SUBSCRIPTION]);
  return dispatcher;
}

describe('restarting', () => {
  it('goes on where a clean stop has saved, without a repeat', async () => {
    const rig = new DispatchRig();
    const first = await running(rig);
    rig.publish(first, 'a', 'b', 'c');
    await rig.timers.settle();
    await first.stop();
    rig.publish(undefined, 'a', 'b');
    const second = await running(rig);
    await rig.timers.settle();
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1', 'event-2', 'event-3', 'event-4']);
    expect(rig.client.attemptsOf('event-3')[0]?.previousEventId).toBe('event-2');
    await second.stop();
  });

  it('repeats after a crash what was not saved, with the same id and the same previous one', async () => {
    const rig = new DispatchRig();
    const first = await running(rig);
    rig.publish(first, 'a', 'b');
    await rig.timers.advance(1_000);
    rig.store.outage = new Error('gone');
    rig.publish(first, 'a', 'b');
    await rig.timers.settle();
    rig.store.outage = undefined;
    const second = await running(rig);
    await rig.timers.settle();
    expect(rig.client.attemptsOf('event-2').map(({ previousEventId }) => previousEventId)).toEqual([
      'event-1',
      'event-1',
    ]);
    expect(rig.client.attemptsOf('event-0')).toHaveLength(1);
    await second.stop();
  });

  it('remembers what was finished ahead of a delivery that was not', async () => {
    const rig = new DispatchRig();
    rig.client.answer = ({ event }) => (event.metadata.streamId === 'slow' ? failed(500) : DELIVERED);
    const subscription = subscriptionOf({
      retry: { ...SUBSCRIPTION.retry, maxAttempts: 50, maxDelayMs: 3_600_000 },
    });
    const first = await running(rig, subscription);
    rig.publish(first, 'a', 'slow', 'b', 'c');
    await rig.timers.advance(5_000);
    await first.stop();
    expect(rig.store.cursors.get('sub-1')?.state).toEqual({
      watermark: 1,
      finished: [{ from: 2, to: 4 }],
      previousEventId: 'event-0',
    });
    rig.client.answer = () => DELIVERED;
    const second = await running(rig, subscription);
    rig.publish(second, 'd');
    await rig.timers.settle();
    expect(rig.client.delivered()).toEqual(['event-0', 'event-2', 'event-3', 'event-1', 'event-4']);
    expect(rig.client.attemptsOf('event-4')[0]?.previousEventId).toBe('event-3');
    await second.stop();
  });

  it('gives attempts in flight their time at a stop, then ends them; those count as not made', async () => {
    const rig = new DispatchRig({ stopGraceMs: 1_000 });
    const first = await running(rig);
    rig.client.takesMs = ({ event }) => (event.metadata.streamId === 'hanging' ? 100_000 : 800);
    rig.publish(first, 'a', 'hanging', 'b', 'b');
    await rig.timers.settle();
    const stopped = first.stop();
    await rig.timers.advance(1_500);
    await stopped;
    expect(rig.client.delivered()).toEqual(['event-0', 'event-2']);
    rig.client.takesMs = () => 0;
    const second = await running(rig);
    await rig.timers.settle();
    expect(rig.client.delivered()).toEqual(['event-0', 'event-2', 'event-1', 'event-3']);
    await second.stop();
  });
});

describe('two dispatchers', () => {
  it('lets the later one have the cursor; the other stops delivering and says so', async () => {
    const rig = new DispatchRig();
    const first = await running(rig);
    rig.publish(first, 'a');
    await rig.timers.advance(1_000);
    const second = await running(rig);
    rig.publish(first, 'b');
    await rig.timers.advance(1_000);
    expect(rig.told).toContain('lost sub-1');
    expect(first.lags()).toHaveLength(1);
    await first.reconcile([SUBSCRIPTION]);
    expect(first.lags()).toEqual([]);
    const before = rig.client.seen.length;
    rig.publish(first, 'c');
    await rig.timers.settle();
    expect(rig.client.seen).toHaveLength(before);
    await second.stop();
  });

  it('parks nothing once another has the cursor', async () => {
    const rig = new DispatchRig({ saveIntervalMs: 1_000_000 });
    rig.client.answer = () => failed(500);
    rig.client.takesMs = () => 100;
    const first = await running(rig, subscriptionOf({ retry: { ...SUBSCRIPTION.retry, maxAttempts: 1 } }));
    rig.publish(first, 'a');
    await rig.timers.settle();
    rig.store.cursors.get('sub-1')!.owner = 'another';
    await rig.timers.advance(1_000);
    expect(rig.told).toEqual(['lost sub-1']);
    expect(rig.store.parked.size).toBe(0);
    await first.stop();
    expect(rig.store.cursors.get('sub-1')?.state.watermark).toBe(0);
  });

  it('takes a lost feed up again if it still is to be fed after a while', async () => {
    const rig = new DispatchRig();
    const first = await running(rig);
    const second = await running(rig);
    rig.publish(first, 'a');
    await rig.timers.advance(500);
    await second.stop();
    await first.reconcile([SUBSCRIPTION]);
    expect(first.lags()).toEqual([]);
    await rig.timers.advance(3_000);
    await first.reconcile([SUBSCRIPTION]);
    rig.publish(first, 'b');
    await rig.timers.advance(500);
    expect(rig.client.delivered()).toContain('event-1');
    await first.stop();
  });
});

describe('changes', () => {
  it('ends the feed of a subscription that is gone, and begins one that is new', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, subscriptionOf({ subscriptionId: 'old' }));
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    rig.store.begin('new', rig.log.end);
    await dispatcher.reconcile([subscriptionOf({ subscriptionId: 'new' })]);
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    expect(rig.client.delivered('old')).toEqual(['event-0']);
    expect(rig.client.delivered('new')).toEqual(['event-1']);
    await dispatcher.stop();
  });

  it('feeds a changed subscription by its new terms from where it stood', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    const changed = subscriptionOf({ revision: 2, callbackUrl: 'https://example.com/other' });
    await dispatcher.reconcile([changed]);
    await rig.timers.advance(1_000);
    await dispatcher.reconcile([changed]);
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    expect(rig.client.seen.map(({ subscription }) => subscription.callbackUrl)).toEqual([
      'https://example.com/hook',
      'https://example.com/other',
    ]);
    await dispatcher.stop();
  });
});

describe('outages', () => {
  it('waits for the log, and goes on', async () => {
    const rig = new DispatchRig();
    rig.publish(undefined, 'a', 'b');
    rig.log.outage = new Error('no broker');
    const dispatcher = await running(rig);
    await rig.timers.advance(30_000);
    expect(rig.told).toContain('failed read');
    rig.log.outage = undefined;
    await rig.timers.advance(6_000);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1']);
    await dispatcher.stop();
  });

  it('goes on delivering without the database, within a bound, and saves when it is back', async () => {
    const rig = new DispatchRig({ maxUnsaved: 10 });
    const dispatcher = await running(rig);
    rig.store.outage = new Error('no database');
    rig.publish(dispatcher, ...Array.from({ length: 30 }, (_, index) => `s${index}`));
    await rig.timers.advance(10_000);
    const during = rig.client.delivered().length;
    expect(during).toBeGreaterThanOrEqual(10);
    expect(during).toBeLessThan(30);
    rig.store.outage = undefined;
    await rig.timers.advance(10_000);
    expect(rig.client.delivered()).toHaveLength(30);
    expect(rig.store.cursors.get('sub-1')?.state.watermark).toBe(30);
    await dispatcher.stop();
  });

  it('claims what it could not claim before at the next reconciliation', async () => {
    const rig = new DispatchRig();
    rig.publish(undefined, 'a');
    rig.store.outage = new Error('no database');
    const dispatcher = await running(rig);
    expect(rig.told).toEqual(['failed claim']);
    rig.store.outage = undefined;
    await dispatcher.reconcile([SUBSCRIPTION]);
    await rig.timers.settle();
    expect(rig.client.delivered()).toEqual(['event-0']);
    await dispatcher.stop();
  });

  it('goes on by itself while nobody brings what is new', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(undefined, 'a', 'b');
    await rig.timers.advance(1_500);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1']);
    await dispatcher.stop();
  });

  it('begins a feed that goes on failing less and less often', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.client.answer = () => {
      throw new TypeError('our bug');
    };
    rig.publish(dispatcher, 'a');
    for (let second = 0; second < 60; second++) {
      await dispatcher.reconcile([SUBSCRIPTION]);
      await rig.timers.advance(1_000);
    }
    // At once, then after 2, 4, 8, 16 … seconds.
    expect(rig.told).toHaveLength(5);
    await dispatcher.stop();
  });

  it('begins a feed again that a fault of ours ended', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    let broken = true;
    rig.client.answer = () => {
      if (!broken) return DELIVERED;
      throw new TypeError('our bug');
    };
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    expect(rig.told).toEqual(['crashed sub-1: our bug']);
    broken = false;
    for (let second = 0; second < 4; second++) {
      await dispatcher.reconcile([SUBSCRIPTION]);
      await rig.timers.advance(1_000);
    }
    expect(rig.client.delivered()).toEqual(['event-0']);
    await dispatcher.stop();
  });
});

describe('saving', () => {
  it('writes many finished deliveries at once', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    for (let index = 0; index < 200; index++) rig.publish(dispatcher, `s${index % 7}`);
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toHaveLength(200);
    expect(rig.store.saves).toBe(1);
    await dispatcher.stop();
  });

  it('seldom writes a cursor that only passes over events of others', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, subscriptionOf({ tenant: 'quiet' }));
    for (let index = 0; index < 60; index++) {
      rig.publish(dispatcher, 's');
      await rig.timers.advance(200);
    }
    expect(rig.store.saves).toBe(2);
    await dispatcher.stop();
    expect(rig.store.cursors.get('sub-1')?.state.watermark).toBe(60);
  });
});
