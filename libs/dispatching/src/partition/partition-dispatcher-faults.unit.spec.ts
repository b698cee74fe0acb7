import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

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
    rig.dispatchers.delete(first);
    const second = await running(rig);
    await rig.timers.settle();
    const previous = rig.client.attemptsOf('event-2').map(({ previousEventId }) => previousEventId);
    expect(previous).toEqual(['event-1', 'event-1']);
    expect(rig.client.attemptsOf('event-0')).toHaveLength(1);
    await second.stop();
  });

  it('remembers what was finished ahead of a delivery that was not', async () => {
    const rig = new DispatchRig({ patienceMs: 3_600_000 });
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'slow' ? failed(500) : DELIVERED;
    const feed = feedOf(retrying({ maxAttempts: 50, maxDelayMs: 3_600_000 }));
    const first = await running(rig, feed);
    rig.publish(first, 'a', 'slow', 'b', 'c');
    await rig.timers.advance(5_000);
    await first.stop();
    expect(rig.store.cursor('sub-1')).toMatchObject({
      watermark: 1,
      finished: [{ from: 2, to: 4 }],
      previousEventId: 'event-0',
    });
    rig.client.answer = () => DELIVERED;
    const second = await running(rig, feed);
    rig.publish(second, 'd');
    await rig.timers.settle();
    expect(rig.client.delivered()).toEqual(['event-0', 'event-2', 'event-3', 'event-1', 'event-4']);
    expect(rig.client.attemptsOf('event-4')[0]?.previousEventId).toBe('event-3');
    await second.stop();
  });

  it('gives attempts in flight their time at a stop, then ends them; those count as not made', async () => {
    const rig = new DispatchRig({ stopGraceMs: 1_000 });
    const first = await running(rig);
    rig.client.takesMs = ({ events: [{ metadata }] }) => (metadata.streamId === 'hanging' ? 100_000 : 800);
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

  it('gives their time also to attempts of lanes that wait in the database, and remembers how they ended', async () => {
    const rig = new DispatchRig();
    const first = await running(rig, feedOf(retrying({ maxAttempts: 1 })));
    rig.client.answer = () => failed(500);
    rig.publish(first, 'a', 'a');
    await rig.timers.advance(500);
    rig.client.answer = () => DELIVERED;
    rig.client.takesMs = () => 800;
    rig.store.redrive('sub-1');
    await rig.timers.until(() => rig.client.seen.length === 2);
    const stopped = first.stop();
    await rig.timers.advance(1_500);
    await stopped;
    expect(rig.client.delivered()).toEqual(['event-0']);
    expect(rig.store.heldOf().map(({ eventId }) => eventId)).toEqual(['event-1']);
  });
});

describe('two dispatchers', () => {
  it('lets the later one have the cursors; the other stops delivering and says so', async () => {
    const rig = new DispatchRig();
    const first = await running(rig);
    rig.publish(first, 'a');
    await rig.timers.advance(1_000);
    const second = await running(rig);
    rig.publish(first, 'b');
    await rig.timers.advance(1_000);
    expect(rig.told).toEqual(['lost']);
    expect(first.stopped).toBe(true);
    expect(first.lags()).toEqual([]);
    const before = rig.client.seen.length;
    rig.publish(first, 'c');
    await rig.timers.settle();
    expect(rig.client.seen).toHaveLength(before);
    await second.stop();
  });

  it('holds nothing back once another has the partition', async () => {
    const rig = new DispatchRig({ saveIntervalMs: 1_000 });
    rig.client.answer = () => failed(500);
    rig.client.takesMs = () => 100;
    const first = await running(rig, feedOf(retrying({ maxAttempts: 1 })));
    rig.publish(first, 'a');
    await rig.timers.settle();
    await rig.store.claim({ owner: 'another', topic: 'orders', partition: 3 }, 1);
    await rig.timers.advance(1_000);
    expect(rig.told).toEqual(['lost']);
    expect(rig.store.heldOf()).toEqual([]);
    await first.stop();
    expect(rig.store.cursor('sub-1')).toBeUndefined();
  });
});

describe('changes', () => {
  it('ends a feed that is gone, and begins one that is new', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig, feedOf({ subscriptionId: 'old' }));
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    await rig.feeds(feedOf({ subscriptionId: 'new' }, { start: { 'orders/3': rig.log.end } }));
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    expect(rig.client.delivered('old')).toEqual(['event-0']);
    expect(rig.client.delivered('new')).toEqual(['event-1']);
    await dispatcher.stop();
  });

  it('serves a changed feed by its new terms from where it stood, once what was in flight has ended', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 400;
    rig.publish(dispatcher, 'a', 'a');
    await rig.timers.advance(100);
    await rig.feeds(feedOf({ callbackUrl: 'https://example.com/other' }, { revision: 2 }));
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1']);
    expect(rig.client.seen.map(({ subscription }) => subscription.callbackUrl)).toEqual([
      'https://example.com/hook',
      'https://example.com/other',
    ]);
    await dispatcher.stop();
  });

  it('forgets nothing of a feed that changes while the database is away', async () => {
    const rig = new DispatchRig({ stopGraceMs: 500 });
    const dispatcher = await running(rig);
    await rig.timers.advance(15_000);
    expect(dispatcher.lags()).toEqual([]);
    rig.client.takesMs = () => 10_000;
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    rig.store.outage = new Error('no database');
    await rig.feeds(feedOf({}, { revision: 2 }));
    await rig.timers.advance(5_000);
    rig.store.outage = undefined;
    rig.client.takesMs = () => 0;
    await rig.timers.advance(10_000);
    expect(rig.client.delivered()).toEqual(['event-0']);
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
    const rig = new DispatchRig({ maxUnsaved: 10, maxQueued: 5 });
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
    expect(rig.store.cursor('sub-1')?.watermark).toBe(30);
    await dispatcher.stop();
  });

  it('claims what it could not claim before as soon as it can', async () => {
    const rig = new DispatchRig();
    rig.publish(undefined, 'a');
    rig.store.outage = new Error('no database');
    const dispatcher = await running(rig);
    expect(rig.told).toEqual(['failed claim']);
    rig.store.outage = undefined;
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-0']);
    await dispatcher.stop();
  });

  it('stops although the database does not answer', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'a');
    rig.store.save = () => new Promise(() => undefined);
    await rig.timers.advance(1_000);
    let isStopped = false;
    void dispatcher.stop().then(() => (isStopped = true));
    await rig.timers.advance(5_000);
    expect(isStopped).toBe(true);
  });
});

describe('saving', () => {
  it('writes many finished deliveries at once', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    for (let index = 0; index < 200; index++) rig.publish(dispatcher, `s${index % 7}`);
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toHaveLength(200);
    expect(rig.store.saves).toBeLessThanOrEqual(2);
    await dispatcher.stop();
  });
});
