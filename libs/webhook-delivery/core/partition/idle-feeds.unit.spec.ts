import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { idle, ship, SHIPPED, slowDown } from '../../testing/idle-feeds.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

const ONE_TRY = retrying({ maxAttempts: 1 });

describe('an idle feed', () => {
  it('costs no memory and no writes, however much others are owed, and moves along with them', async () => {
    const harness = new DispatchHarness();
    const quiet = Array.from({ length: 100 }, (_, index) =>
      feedOf({ subscriptionId: `quiet-${index}` }, SHIPPED),
    );
    const dispatcher = await idle(harness, ...quiet);
    const before = harness.store.saves;
    for (let index = 0; index < 60; index++) {
      harness.publish(dispatcher, 's');
      await harness.clock.advance(200);
    }
    expect(dispatcher.lags()).toEqual([]);
    expect(harness.store.saves - before).toBeLessThanOrEqual(3);
    await harness.clock.advance(6_000);
    expect(harness.store.cursor('quiet-7')).toMatchObject({ watermark: 60, idle: true });
    await dispatcher.stop();
  });

  it('is activated by an owed event, and knows the event owed before, however long ago', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    ship(harness);
    await harness.clock.advance(20_000);
    harness.publish(dispatcher, 'b', 'b', 'b');
    ship(harness);
    await harness.clock.advance(20_000);
    expect(dispatcher.lags()).toEqual([]);
    expect(harness.client.seen.map(({ previousEventId }) => previousEventId)).toEqual([null, 'event-0']);
    await dispatcher.stop();
  });

  it('is owed everything that arrives while it is being activated', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    slowDown(harness, 'cursorsOf', 7_000, 'last');
    const ids = [ship(harness)];
    await harness.clock.advance(6_000);
    harness.publish(dispatcher, 'b');
    ids.push(ship(harness), ship(harness));
    // Events that were not checked yet must not count as finished.
    expect(harness.store.kept?.rest).toBe(0);
    await harness.clock.advance(6_000);
    expect(harness.client.delivered()).toEqual(ids);
    await dispatcher.stop();
  });

  it('is owed events before the claim of another dispatcher that had read further', async () => {
    const harness = new DispatchHarness();
    await harness.feeds(feedOf());
    const { claim } = harness.store;
    harness.store.claim = async (...given) => {
      await harness.clock.sleep(500);
      return claim.apply(harness.store, given);
    };
    harness.dispatcher();
    harness.store.claim = claim;
    const [id] = harness.publish(undefined, 'a');
    await harness.store.claim(
      { owner: 'another', topic: harness.log.topic, partition: harness.log.partition },
      1,
    );
    await harness.clock.advance(60_000);
    expect(harness.client.delivered()).toEqual([id]);
    for (const dispatcher of harness.dispatchers) await dispatcher.stop();
  });

  it('is not started when a stop interrupts its activation', async () => {
    const harness = new DispatchHarness();
    const first = await idle(harness, feedOf({}, SHIPPED));
    slowDown(harness, 'cursorsOf', 500, 'last');
    const id = ship(harness);
    await harness.clock.advance(100);
    await first.stop();
    await harness.clock.advance(10_000);
    expect(harness.client.seen).toEqual([]);
    harness.dispatchers.delete(first);
    const second = await running(harness, feedOf({}, SHIPPED));
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual([id]);
    await second.stop();
  });

  it('does not lose the event that activated it when the first save of a stop fails and the second succeeds', async () => {
    const harness = new DispatchHarness({ stopGraceMs: 100 });
    const feeds = [feedOf({}, SHIPPED), feedOf({ subscriptionId: 'busy' })];
    const first = await idle(harness, ...feeds);
    harness.client.takesMs = ({ subscription }) => (subscription.subscriptionId === 'sub-1' ? 0 : 3_600_000);
    harness.client.answer = () => failed(500);
    const id = ship(harness);
    await harness.clock.runPending();
    const { save } = harness.store;
    harness.store.save = async () => {
      harness.store.save = save;
      throw new Error('no database');
    };
    const stopped = first.stop();
    await harness.clock.advance(1_000);
    await stopped;
    harness.dispatchers.delete(first);
    harness.client.takesMs = () => 0;
    harness.client.answer = () => DELIVERED;
    const second = await running(harness, ...feeds);
    await harness.clock.advance(1_000);
    expect(harness.client.delivered('sub-1')).toEqual([id]);
    await second.stop();
  });

  it('does not lose an owed event when the answer to the save that made it idle is lost', async () => {
    const harness = new DispatchHarness();
    const first = await running(harness, feedOf({}, SHIPPED), feedOf({ subscriptionId: 'busy' }));
    // Its last delivery was saved only recently.
    harness.client.takesMs = () => 9_000;
    ship(harness);
    await harness.clock.advance(9_500);
    const { save } = harness.store;
    harness.store.save = async (...given) => {
      await save.apply(harness.store, given);
      throw new Error('its answer is lost');
    };
    await harness.clock.until(() => harness.store.cursor('sub-1')?.idle === true);
    harness.store.save = save;
    harness.client.takesMs = ({ subscription }) => (subscription.subscriptionId === 'sub-1' ? 3_600_000 : 0);
    ship(harness);
    for (let second = 0; second < 10; second++) {
      harness.publish(first, 'b');
      await harness.clock.advance(200);
    }
    expect(harness.store.cursor('sub-1')).toMatchObject({ watermark: 1, idle: false });
    await Promise.all([first.stop(), harness.clock.advance(6_000)]);
  });
});

describe('a feed does not become idle', () => {
  /** A feed with a dead letter, for which each lane has to be looked up. */
  async function withDeadLetter(harness: DispatchHarness) {
    const feed = feedOf({ ...ONE_TRY }, SHIPPED);
    const first = await running(harness, feed);
    harness.client.answer = () => failed(500);
    ship(harness, 'dead');
    await harness.clock.advance(1_000);
    harness.client.answer = () => DELIVERED;
    await first.stop();
    harness.dispatchers.delete(first);
    return running(harness, feed);
  }

  it('during the lookup of a lane', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await withDeadLetter(harness);
    ship(harness);
    await harness.clock.advance(9_900);
    slowDown(harness, 'blockedAmong', 2_000, 'last');
    const id = ship(harness, 'b');
    await harness.clock.advance(5_000);
    expect(harness.client.delivered()).toContain(id);
    await dispatcher.stop();
  });

  it('if an event arrives while its idle state is being saved', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await withDeadLetter(harness);
    ship(harness);
    await harness.clock.advance(9_000);
    slowDown(harness, 'save', 2_000, 'first');
    await harness.clock.until(() => harness.store.cursor('sub-1')?.idle === true);
    slowDown(harness, 'blockedAmong', 5_000, 'last');
    const id = ship(harness, 'b');
    await harness.clock.advance(8_000);
    expect(harness.client.delivered()).toContain(id);
    await dispatcher.stop();
  });

  it('while one of its lanes is being retried', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await withDeadLetter(harness);
    harness.client.takesMs = () => 14_000;
    harness.store.redrive('sub-1');
    await harness.clock.advance(15_000);
    expect(harness.client.delivered()).toEqual(['event-0']);
    expect(harness.client.attemptsOf('event-0')).toHaveLength(2);
    await dispatcher.stop();
  });
});
