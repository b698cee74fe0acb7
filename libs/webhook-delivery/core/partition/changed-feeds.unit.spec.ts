import { DispatchHarness, feedOf, running } from '../../testing/dispatch-harness.fixture.js';
import { idle, ship, SHIPPED, slowDown } from '../../testing/idle-feeds.fixture.js';

describe('a feed that is changed or paused while it is idle', () => {
  it('is owed events that arrive while it is changed, even several times', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    slowDown(harness, 'cursorsOf', 300, 'last');
    slowDown(harness, 'activeCursors', 1_000, 'last');
    const ids: string[] = [];
    for (let revision = 2; revision < 6; revision++) {
      ids.push(ship(harness));
      await harness.feeds(feedOf({}, { ...SHIPPED, revision }));
      await harness.clock.advance(100);
      harness.publish(dispatcher, 'b');
    }
    await harness.clock.advance(10_000);
    expect(harness.client.delivered()).toEqual(ids);
    await dispatcher.stop();
  });

  it('is owed every event that arrives while it is paused', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    await harness.feeds();
    const ids = [ship(harness), ship(harness)];
    await harness.clock.advance(20_000);
    expect(harness.store.cursor('sub-1')).toMatchObject({ watermark: 0, idle: false });
    await harness.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(ids);
    await dispatcher.stop();
  });

  it('is owed the event that activated it when it is paused during activation', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    slowDown(harness, 'cursorsOf', 1_000, 'last');
    const id = ship(harness);
    await harness.feeds();
    harness.publish(dispatcher, 'b', 'b');
    await harness.clock.advance(20_000);
    await harness.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await harness.clock.advance(2_000);
    expect(harness.client.delivered()).toEqual([id]);
    await dispatcher.stop();
  });

  it('is owed the event that activated it when it is paused right after activation', async () => {
    const harness = new DispatchHarness({ stopGraceMs: 100 });
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    harness.client.takesMs = () => 3_600_000;
    const id = ship(harness);
    await harness.clock.runPending();
    await harness.feeds();
    await harness.clock.advance(1_000);
    expect(harness.store.cursor('sub-1')).toMatchObject({ watermark: 0, idle: false });
    harness.client.takesMs = () => 0;
    await harness.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual([id]);
    await dispatcher.stop();
  });

  it('is owed events that arrive in a short pause before the pause is saved', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    await harness.feeds();
    const id = ship(harness);
    await harness.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await harness.clock.advance(2_000);
    expect(harness.client.delivered()).toEqual([id]);
    await dispatcher.stop();
  });

  it('is idle again after a pause so short that its save is still in progress', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    slowDown(harness, 'save', 2_000, 'last');
    await harness.feeds();
    await harness.clock.advance(1_000);
    await harness.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await harness.clock.advance(20_000);
    expect(harness.store.cursor('sub-1')).toMatchObject({ idle: true });
    const id = ship(harness);
    await harness.clock.advance(5_000);
    expect(harness.client.delivered()).toEqual([id]);
    await Promise.all([dispatcher.stop(), harness.clock.advance(10_000)]);
  });

  it('is idle again after a short pause when the answer to its save is lost', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await idle(harness, feedOf({}, SHIPPED));
    const { save } = harness.store;
    harness.store.save = async (...given) => {
      harness.store.save = save;
      // The database completes the save after the dispatcher stopped waiting.
      void harness.clock.sleep(500).then(() => save.apply(harness.store, given));
      throw new Error('its answer is lost');
    };
    await harness.feeds();
    await harness.clock.advance(150);
    await harness.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await harness.clock.advance(20_000);
    expect(harness.store.cursor('sub-1')).toMatchObject({ idle: true });
    await dispatcher.stop();
  });

  it('does not move along with the others if it is paused during the claim of the partition', async () => {
    const harness = new DispatchHarness();
    const first = await idle(harness, feedOf({}, SHIPPED));
    await first.stop();
    harness.dispatchers.delete(first);
    slowDown(harness, 'claim', 1_000, 'first');
    const second = await running(harness, feedOf({}, SHIPPED));
    const { pinOthers } = harness.store;
    harness.store.pinOthers = async (...given) => {
      await pinOthers.apply(harness.store, given);
      await harness.clock.sleep(1_000);
    };
    await harness.clock.advance(1_500);
    await harness.feeds();
    const id = ship(harness);
    await harness.clock.advance(20_000);
    await harness.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await harness.clock.advance(2_000);
    expect(harness.client.delivered()).toEqual([id]);
    await second.stop();
  });

  it('lets the others move on if it ended while it was changed', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    harness.client.takesMs = () => 1_000;
    harness.publish(dispatcher, 'a');
    await harness.clock.runPending();
    await harness.feeds(feedOf({}, { revision: 2 }));
    await harness.feeds();
    harness.publish(dispatcher, 'a', 'b');
    await harness.clock.advance(20_000);
    expect(harness.store.kept?.rest).toBe(3);
    await dispatcher.stop();
  });
});
