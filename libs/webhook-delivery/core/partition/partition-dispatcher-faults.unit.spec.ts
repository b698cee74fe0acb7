import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { idle, ship, slowDown } from '../../testing/idle-feeds.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

/** Stopped after it had delivered what came before and behind an event that failed. */
async function stoppedBeforeSlowOne() {
  const harness = new DispatchHarness({ patienceMs: 3_600_000 });
  harness.client.answer = ({ events: [{ metadata }] }) =>
    metadata.streamId === 'slow' ? failed(500) : DELIVERED;
  const feed = feedOf(retrying({ maxAttempts: 50, maxDelayMs: 3_600_000 }));
  const first = await running(harness, feed);
  harness.publish(first, 'a', 'slow', 'b', 'c');
  await harness.clock.advance(5_000);
  await first.stop();
  return { harness, feed };
}

describe('restarting', () => {
  it('resumes where a clean stop saved, without repeats', async () => {
    const harness = new DispatchHarness();
    const first = await running(harness);
    harness.publish(first, 'a', 'b', 'c');
    await harness.clock.runPending();
    await first.stop();
    harness.publish(undefined, 'a', 'b');
    const second = await running(harness);
    await harness.clock.runPending();
    expect(harness.client.delivered()).toEqual(['event-0', 'event-1', 'event-2', 'event-3', 'event-4']);
    expect(harness.client.attemptsOf('event-3')[0]?.previousEventId).toBe('event-2');
    await second.stop();
  });

  it('repeats unsaved deliveries after a crash, with the same id and the same previous event', async () => {
    const harness = new DispatchHarness();
    const first = await running(harness);
    harness.publish(first, 'a', 'b');
    await harness.clock.advance(1_000);
    harness.store.outage = new Error('gone');
    harness.publish(first, 'a', 'b');
    await harness.clock.runPending();
    harness.store.outage = undefined;
    harness.dispatchers.delete(first);
    const second = await running(harness);
    await harness.clock.runPending();
    const previous = harness.client.attemptsOf('event-2').map(({ previousEventId }) => previousEventId);
    expect(previous).toEqual(['event-1', 'event-1']);
    expect(harness.client.attemptsOf('event-0')).toHaveLength(1);
    await second.stop();
  });

  it('remembers deliveries finished ahead of an unfinished one', async () => {
    const { harness, feed } = await stoppedBeforeSlowOne();
    expect(harness.store.cursor('sub-1')).toMatchObject({
      watermark: 1,
      finished: [{ from: 2, to: 4 }],
      previousEventId: 'event-0',
    });
    harness.client.answer = () => DELIVERED;
    const second = await running(harness, feed);
    harness.publish(second, 'd');
    await harness.clock.runPending();
    expect(harness.client.delivered()).toEqual(['event-0', 'event-2', 'event-3', 'event-1', 'event-4']);
    expect(harness.client.attemptsOf('event-4')[0]?.previousEventId).toBe('event-3');
    await second.stop();
  });

  it('remembers them also while the log cannot be read and another feed holds the scan back', async () => {
    const { harness, feed } = await stoppedBeforeSlowOne();
    harness.client.answer = () => DELIVERED;
    harness.log.outage = new Error('it is down');
    Object.assign(harness.store.kept!, { rest: 1 });
    const second = await running(harness, feed);
    await harness.clock.advance(60_000);
    harness.log.outage = undefined;
    await harness.clock.advance(60_000);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-2', 'event-3', 'event-1']);
    await second.stop();
  });

  it('lets attempts in flight finish during the grace period of a stop, then aborts and does not count them', async () => {
    const harness = new DispatchHarness({ stopGraceMs: 1_000 });
    const first = await running(harness);
    harness.client.takesMs = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'hanging' ? 100_000 : 800;
    harness.publish(first, 'a', 'hanging', 'b', 'b');
    await harness.clock.runPending();
    const stopped = first.stop();
    await harness.clock.advance(1_500);
    await stopped;
    expect(harness.client.delivered()).toEqual(['event-0', 'event-2']);
    harness.client.takesMs = () => 0;
    const second = await running(harness);
    await harness.clock.runPending();
    expect(harness.client.delivered()).toEqual(['event-0', 'event-2', 'event-1', 'event-3']);
    await second.stop();
  });

  it('also lets attempts of blocked lanes finish, and saves their outcome', async () => {
    const harness = new DispatchHarness();
    const first = await running(harness, feedOf(retrying({ maxAttempts: 1 })));
    harness.client.answer = () => failed(500);
    harness.publish(first, 'a', 'a');
    await harness.clock.advance(500);
    harness.client.answer = () => DELIVERED;
    harness.client.takesMs = () => 800;
    harness.store.redrive('sub-1');
    await harness.clock.until(() => harness.client.seen.length === 2);
    const stopped = first.stop();
    await harness.clock.advance(1_500);
    await stopped;
    expect(harness.client.delivered()).toEqual(['event-0']);
    expect(harness.store.parkedOf().map(({ eventId }) => eventId)).toEqual(['event-1']);
  });
});

describe('two dispatchers', () => {
  it('gives the cursors to the later one, and the other stops delivering and reports it', async () => {
    const harness = new DispatchHarness();
    const first = await running(harness);
    harness.publish(first, 'a');
    await harness.clock.advance(1_000);
    const second = await running(harness);
    harness.publish(first, 'b');
    await harness.clock.advance(1_000);
    expect(harness.told).toEqual(['lost']);
    expect(first.stopped).toBe(true);
    expect(first.lags()).toEqual([]);
    const before = harness.client.seen.length;
    harness.publish(first, 'c');
    await harness.clock.runPending();
    expect(harness.client.seen).toHaveLength(before);
    await second.stop();
  });

  it('parks nothing once another dispatcher owns the partition', async () => {
    const harness = new DispatchHarness({ saveIntervalMs: 1_000 });
    harness.client.answer = () => failed(500);
    harness.client.takesMs = () => 100;
    const first = await running(harness, feedOf(retrying({ maxAttempts: 1 })));
    harness.publish(first, 'a');
    await harness.clock.runPending();
    await harness.store.claim({ owner: 'another', topic: 'orders', partition: 3 }, 1);
    await harness.clock.advance(1_000);
    expect(harness.told).toEqual(['lost']);
    expect(harness.store.parkedOf()).toEqual([]);
    await first.stop();
    expect(harness.store.cursor('sub-1')).toBeUndefined();
  });

  it.each([
    { feed: 'a changed feed', question: 'activeCursors', revision: 2 },
    { feed: 'an idle feed that is owed an event', question: 'cursorsOf', revision: 1 },
  ] as const)(
    'keep the order of a lane when the former one loads $feed and the other parks',
    async (given) => {
      const harness = new DispatchHarness({ saveIntervalMs: 1_000 });
      const settings = retrying({ maxAttempts: 1 });
      const first = await idle(harness, feedOf(settings));
      const second = await running(harness, feedOf(settings));
      harness.client.answer = () => failed(500);
      harness.publish(second, 'a');
      await harness.clock.runPending();
      expect(harness.store.parkedOf()).toEqual([]);
      slowDown(harness, given.question, 1_500, 'last');
      await harness.feeds(feedOf(settings, { revision: given.revision }));
      first.append(harness.log.batch(0, harness.log.events));
      await harness.clock.advance(1_600);
      expect(harness.store.parkedOf().map(({ eventId }) => eventId)).toEqual(['event-0']);
      expect(first.stopped).toBe(false);
      harness.client.answer = () => DELIVERED;
      ship(harness, 'a');
      await harness.clock.advance(5_000);
      expect(harness.told).toEqual(['lost']);
      expect(harness.client.delivered()).toEqual([]);
      harness.store.redrive('sub-1');
      await harness.clock.advance(5_000);
      expect(harness.client.delivered()).toEqual(['event-0', 'event-1']);
      await second.stop();
    },
  );
});

describe('changes', () => {
  it('ends a removed feed and starts a new one', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness, feedOf({ subscriptionId: 'old' }));
    harness.publish(dispatcher, 'a');
    await harness.clock.runPending();
    await harness.feeds(feedOf({ subscriptionId: 'new' }, { start: { 'orders/3': harness.log.end } }));
    harness.publish(dispatcher, 'a');
    await harness.clock.runPending();
    expect(harness.client.delivered('old')).toEqual(['event-0']);
    expect(harness.client.delivered('new')).toEqual(['event-1']);
    await dispatcher.stop();
  });

  it('continues a changed feed by its new settings, once its deliveries in flight have ended', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 400;
    harness.publish(dispatcher, 'a', 'a');
    await harness.clock.advance(100);
    await harness.feeds(feedOf({ callbackUrl: 'https://example.com/other' }, { revision: 2 }));
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-1']);
    expect(harness.client.seen.map(({ subscription }) => subscription.callbackUrl)).toEqual([
      'https://example.com/hook',
      'https://example.com/other',
    ]);
    await dispatcher.stop();
  });

  it('loses nothing of a feed that changes while the database is unavailable', async () => {
    const harness = new DispatchHarness({ stopGraceMs: 500 });
    const dispatcher = await running(harness);
    await harness.clock.advance(15_000);
    expect(dispatcher.lags()).toEqual([]);
    harness.client.takesMs = () => 10_000;
    harness.publish(dispatcher, 'a');
    await harness.clock.runPending();
    harness.store.outage = new Error('no database');
    await harness.feeds(feedOf({}, { revision: 2 }));
    await harness.clock.advance(5_000);
    harness.store.outage = undefined;
    harness.client.takesMs = () => 0;
    await harness.clock.advance(10_000);
    expect(harness.client.delivered()).toEqual(['event-0']);
    await dispatcher.stop();
  });
});

describe('outages', () => {
  it('waits for the log and continues', async () => {
    const harness = new DispatchHarness();
    harness.publish(undefined, 'a', 'b');
    harness.log.outage = new Error('no broker');
    const dispatcher = await running(harness);
    await harness.clock.advance(30_000);
    expect(harness.told).toContain('failed read');
    harness.log.outage = undefined;
    await harness.clock.advance(6_000);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-1']);
    await dispatcher.stop();
  });

  it('keeps delivering without the database, within limits, and saves when it is back', async () => {
    const harness = new DispatchHarness({ maxUnsaved: 10, maxQueued: 5 });
    const dispatcher = await running(harness);
    harness.store.outage = new Error('no database');
    harness.publish(dispatcher, ...Array.from({ length: 30 }, (_, index) => `s${index}`));
    await harness.clock.advance(10_000);
    const during = harness.client.delivered().length;
    expect(during).toBeGreaterThanOrEqual(10);
    expect(during).toBeLessThan(30);
    harness.store.outage = undefined;
    await harness.clock.advance(10_000);
    expect(harness.client.delivered()).toHaveLength(30);
    expect(harness.store.cursor('sub-1')?.watermark).toBe(30);
    await dispatcher.stop();
  });

  it('claims the partition as soon as the database is back', async () => {
    const harness = new DispatchHarness();
    harness.publish(undefined, 'a');
    harness.store.outage = new Error('no database');
    const dispatcher = await running(harness);
    expect(harness.told).toEqual(['failed claim']);
    harness.store.outage = undefined;
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-0']);
    await dispatcher.stop();
  });

  it('stops even if the database does not answer', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, 'a');
    harness.store.save = () => new Promise(() => undefined);
    await harness.clock.advance(1_000);
    let isStopped = false;
    void dispatcher.stop().then(() => (isStopped = true));
    await harness.clock.advance(5_000);
    expect(isStopped).toBe(true);
  });
});

describe('saving', () => {
  it('writes many finished deliveries at once', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    for (let index = 0; index < 200; index++) harness.publish(dispatcher, `s${index % 7}`);
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toHaveLength(200);
    expect(harness.store.saves).toBeLessThanOrEqual(2);
    await dispatcher.stop();
  });
});
