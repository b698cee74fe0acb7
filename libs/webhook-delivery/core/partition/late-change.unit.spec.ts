import { MAX_SUBSCRIPTION_RULES, withRule } from '#libs/webhooks';
import { feedOf } from '../../testing/dispatch-harness.fixture.js';
import { LateChange } from '../../testing/late-change.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

const HOUR_MS = 3_600_000;

describe('an event skipped before a change arrived', () => {
  let late: LateChange;
  beforeEach(async () => {
    late = await LateChange.begin();
    late.publish('order.confirmed', 'x');
    await late.wait(1_000);
  });
  afterEach(() => late.stop());

  it('is parked when its delivery fails, and delivered with its lane', async () => {
    const id = await late.passOver();
    late.harness.client.answer = () => failed(500);
    await late.hear();
    await late.wait();
    expect(late.parked).toContain(id);
    late.harness.client.answer = () => DELIVERED;
    late.harness.store.redrive('sub-1');
    await late.wait();
    expect(late.delivered).toContain(id);
    expect(late.parked).toEqual([]);
  });

  it('is delivered again after a crash while it was in flight', async () => {
    const id = await late.passOver();
    late.harness.client.takesMs = () => HOUR_MS;
    await late.hear();
    await late.wait(1_500);
    late.harness.client.takesMs = () => 10;
    await late.takeOver();
    await late.wait();
    expect(late.delivered).toContain(id);
  });

  it('is delivered by a dispatcher that took over before the change arrived', async () => {
    const id = await late.passOver();
    await late.stop();
    await late.hear();
    await late.takeOver();
    await late.wait();
    expect(late.delivered.filter((each) => each === id)).toHaveLength(1);
  });

  it('is delivered when the change arrives minutes late, across several processes', async () => {
    const id = await late.passOver();
    for (let process = 0; process < 3; process++) {
      for (let minute = 0; minute < 2; minute++) {
        late.publish('order.confirmed', 'c');
        await late.wait(60_000);
      }
      await late.takeOver();
    }
    late.harness.log.outage = new Error('it is down');
    await late.hear();
    await late.wait(10_000);
    late.harness.log.outage = undefined;
    await late.wait();
    expect(late.delivered.filter((each) => each === id)).toHaveLength(1);
    expect(new Set(late.delivered).size).toBe(late.harness.log.end);
  });

  it('joins its parked lane in log order', async () => {
    late.harness.client.answer = ({ events: [event] }) =>
      event.metadata.streamId === 'a' ? failed(500) : DELIVERED;
    const before = late.publish('order.confirmed', 'a');
    await late.wait();
    const id = await late.passOver('a');
    const after = late.publish('order.confirmed', 'a');
    await late.wait();
    await late.hear();
    await late.wait(5_000);
    expect(late.parked).toEqual([before, id, after]);
    late.harness.client.answer = () => DELIVERED;
    late.harness.store.redrive('sub-1');
    await late.wait();
    expect(late.delivered.slice(-3)).toEqual([before, id, after]);
  });

  it('is delivered after a stop during its attempt', async () => {
    const id = await late.passOver();
    late.harness.client.takesMs = () => HOUR_MS;
    await late.hear();
    await late.wait(500);
    await late.stop();
    late.harness.client.takesMs = () => 0;
    await late.takeOver();
    await late.wait();
    expect(late.delivered).toContain(id);
  });

  it('is not delivered again after a stop, although other skipped events are still undelivered', async () => {
    const [first, second] = [await late.passOver('a'), await late.passOver('c')];
    late.harness.client.takesMs = ({ events: [event] }) => (event.metadata.streamId === 'a' ? HOUR_MS : 0);
    await late.hear();
    await late.wait(500);
    expect(late.delivered).toContain(second);
    await late.stop();
    late.harness.client.takesMs = () => 0;
    await late.takeOver();
    await late.wait();
    expect(late.delivered.filter((id) => id === first || id === second)).toEqual([second, first]);
  });

  it('is delivered when the next change arrives while it is in flight', async () => {
    const id = await late.passOver();
    late.harness.client.takesMs = () => HOUR_MS;
    await late.hear();
    await late.wait(500);
    late.change('order.shipped');
    const shipped = late.publish('order.shipped');
    late.harness.client.takesMs = () => 0;
    await late.hear();
    await late.wait();
    expect(late.delivered).toEqual(expect.arrayContaining([id, shipped]));
  });

  it('is no longer owed once an operator has skipped it, whoever takes over', async () => {
    const id = await late.passOver();
    late.harness.client.answer = () => failed(500);
    await late.hear();
    await late.wait();
    expect(late.harness.store.skip('sub-1').map(({ eventId }) => eventId)).toEqual([id]);
    late.harness.client.answer = () => DELIVERED;
    await late.takeOver();
    await late.wait();
    expect(late.delivered).not.toContain(id);
    expect(late.parked).toEqual([]);
  });

  it('is delivered by the rules at its position when several changes arrive at once', async () => {
    const id = await late.passOver();
    late.change('order.shipped');
    // No event lies between the two changes, so the first one decides nothing.
    late.change('order.created');
    late.change('order.confirmed', 'order.shipped');
    const [created, shipped] = [late.publish('order.created'), late.publish('order.shipped')];
    await late.wait();
    await late.stop();
    await late.hear();
    await late.takeOver();
    await late.wait();
    expect(late.delivered).toEqual(expect.arrayContaining([id, shipped]));
    expect(late.delivered).not.toContain(created);
    expect(new Set(late.delivered).size).toBe(late.delivered.length);
  });

  it('is delivered, and others possibly again, when the rules that skipped it are forgotten', async () => {
    late.change('order.shipped');
    await late.hear();
    await late.wait();
    const id = await late.passOver();
    for (let change = 0; change < 2 * MAX_SUBSCRIPTION_RULES; change++) {
      late.change(change % 2 === 0 ? 'order.shipped' : 'order.confirmed');
      late.harness.log.append('z', 'order.cancelled');
    }
    late.dispatcher.continueAt(late.harness.log.end);
    await late.wait();
    await late.takeOver();
    await late.hear();
    await late.wait();
    expect(late.delivered).toContain(id);
    // Events before the first of the forgotten rules do not come again.
    expect(late.delivered.filter((each) => each === 'event-0')).toHaveLength(1);
  });

  it('names the event owed before it', async () => {
    const id = await late.passOver();
    const confirmed = late.publish('order.confirmed', 'a');
    const seen = () => late.harness.client.attemptsOf(id).map(({ previousEventId }) => previousEventId);
    await late.hear();
    await late.wait();
    expect(seen()).toEqual(['event-0']);
    expect(late.delivered).toContain(confirmed);
  });
});

describe('a change that arrives late', () => {
  it.each([
    ['', async () => undefined],
    [' before a pause', (late: LateChange) => late.harness.feeds()],
  ])('rewinds over events skipped by rules that were not saved yet%s', async (_, pause) => {
    const late = await LateChange.begin();
    await late.wait(1_000);
    late.change('order.cancelled');
    await late.hear();
    late.change('order.confirmed');
    const id = late.publish('order.confirmed');
    await late.harness.clock.runPending();
    await pause(late);
    await late.hear();
    await late.wait();
    expect(late.delivered).toEqual([id]);
    await late.stop();
  });

  it('rewinds an idle feed, even when another dispatcher applies it', async () => {
    for (const isTakenOver of [false, true]) {
      const late = await LateChange.begin();
      late.publish('order.confirmed', 'x');
      await late.wait();
      late.change('order.created');
      const id = late.publish('order.created');
      await late.wait();
      expect(late.harness.store.cursor('sub-1')).toMatchObject({ idle: true, watermark: 2 });
      if (isTakenOver) await late.takeOver();
      await late.hear();
      await late.wait();
      expect(late.delivered).toEqual(['event-0', id]);
      expect(late.harness.store.cursor('sub-1')).toMatchObject({ idle: true, rulesRevision: 2 });
      await late.stop();
    }
  });

  it('costs an idle feed that skipped nothing exactly one write', async () => {
    const late = await LateChange.begin();
    const others = Array.from({ length: 100 }, (_, nth) =>
      feedOf({ subscriptionId: `other-${nth}` }, { rules: late.feed.rules }),
    );
    await late.harness.feeds(late.feed, ...others);
    late.publish('order.confirmed', 'x');
    await late.wait();
    late.change('order.shipped');
    late.publish('order.cancelled');
    await late.harness.feeds(late.feed, ...others);
    const { saves } = late.harness.store;
    await late.wait(1_000);
    expect(late.harness.store.saves).toBe(saves + 1);
    expect(late.dispatcher.lags()).toEqual([]);
    expect(late.harness.store.cursor('sub-1')).toMatchObject({
      rulesRevision: 2,
      generation: 0,
      idle: true,
    });
    expect(late.harness.store.cursor('other-7')).toMatchObject({ rulesRevision: 1, idle: true });
    const reads = late.harness.log.reads.length;
    await late.takeOver();
    await late.wait();
    expect(late.harness.log.reads.slice(reads).filter((offset) => offset < 2)).toEqual([]);
    const shipped = late.publish('order.shipped');
    await late.wait();
    expect(late.delivered.at(-1)).toBe(shipped);
    await late.stop();
  });

  it('does not delay other feeds while the log is read again', async () => {
    const late = await LateChange.begin();
    late.publish('order.confirmed', 'x');
    await late.passOver();
    await late.stop();
    const { fetch } = late.harness.log;
    late.harness.log.fetch = async (from) => {
      await late.harness.clock.sleep(from.offset < 3 ? 60_000 : 0);
      return fetch.call(late.harness.log, from);
    };
    const other = feedOf({ subscriptionId: 'other' }, { rules: late.feed.rules, start: { 'orders/3': 3 } });
    await late.harness.feeds(late.feed, other);
    await late.takeOver();
    const id = late.publish('order.confirmed', 'b');
    await late.wait(1_000);
    expect(late.harness.client.delivered('other')).toEqual([id]);
    await late.wait(200_000);
    expect(late.harness.client.delivered('sub-1')).toContain('event-1');
    await late.stop();
  });

  it('is applied to records that the log has but does not return yet, even behind newer ones', async () => {
    const late = await LateChange.begin();
    late.publish('order.confirmed', 'x');
    const { end } = late.harness.log;
    const id = await late.passOver();
    await late.stop();
    await late.hear();
    const { fetch } = late.harness.log;
    let isBehind = true;
    late.harness.log.fetch = async (from) => {
      const batch = await fetch.call(late.harness.log, from);
      const events = batch.events.filter(({ position }) => !isBehind || position.offset < end);
      return isBehind ? { ...batch, events, next: Math.max(from.offset, Math.min(batch.next, end)) } : batch;
    };
    // The other dispatcher has read beyond the end that the log showed when this one started.
    const present = late.harness.log.end;
    late.harness.log.end = end;
    await late.takeOver();
    late.harness.log.end = present;
    await late.wait(5_000);
    isBehind = false;
    await late.wait();
    expect(late.delivered.filter((each) => each === id)).toHaveLength(1);
    await late.stop();
  });

  it('does not block other feeds while the rewound records cannot be read', async () => {
    const late = await LateChange.begin();
    late.publish('order.confirmed', 'x');
    const id = await late.passOver();
    const other = feedOf({ subscriptionId: 'other' }, { rules: late.feed.rules, start: { 'orders/3': 3 } });
    const another = {
      ...other,
      revision: 2,
      rules: withRule(other.rules, { from: { 'orders/3': 4 }, eventTypes: ['*'], filter: null }),
    };
    await late.harness.feeds({ ...late.feed, rules: late.feed.rules.slice(0, 1), revision: 1 }, other);
    for (const type of ['order.confirmed', 'order.shipped', 'order.confirmed']) late.publish(type, 'c');
    await late.wait(1_000);
    await late.stop();
    await late.harness.feeds(late.feed, another);
    const { fetch } = late.harness.log;
    let isBroken = true;
    late.harness.log.fetch = async (from) => {
      const { offset } = from;
      if (isBroken && offset < 3)
        return { ...late.harness.log.batch(offset, [], offset), unreadable: 'it is broken' };
      return fetch.call(late.harness.log, from);
    };
    await late.takeOver();
    await late.wait(5_000);
    expect(late.harness.client.delivered('other')).toContain('event-4');
    expect(late.harness.client.delivered('sub-1')).not.toContain(id);
    isBroken = false;
    await late.wait();
    expect(late.harness.client.delivered('sub-1')).toContain(id);
    await late.stop();
  });

  it('is awaited by a dispatcher that takes over from one that already applied it', async () => {
    const late = await LateChange.begin();
    late.publish('order.confirmed', 'x');
    const old = late.feed;
    late.change('order.created', 'order.confirmed');
    await late.hear();
    await late.wait();
    await late.stop();
    await late.harness.feeds(old);
    await late.takeOver();
    const ids = [late.publish('order.created'), late.publish('order.confirmed')];
    await late.wait();
    expect(late.delivered).toEqual(['event-0']);
    await late.hear();
    await late.wait();
    expect(late.delivered).toEqual(['event-0', ...ids]);
    await late.stop();
  });

  it('affects only what a replay has yet to read', async () => {
    const late = await LateChange.begin();
    for (let nth = 0; nth < 4; nth++) late.publish(nth % 2 === 0 ? 'order.confirmed' : 'order.created');
    await late.wait();
    const range = { start: { 'orders/3': 2 }, until: { 'orders/3': 4 } };
    const replay = { ...late.feed, feedId: 'replay-1', replayId: 'replay-1', ...range };
    await late.harness.feeds(late.feed, replay);
    await late.wait();
    const rules = [{ from: {}, eventTypes: ['*'], filter: null }];
    await late.harness.feeds(late.feed, { ...replay, revision: 2, rules });
    await late.wait();
    expect(late.harness.client.delivered('sub-1', 'replay-1')).toEqual(['event-2']);
    await late.stop();
  });
});
