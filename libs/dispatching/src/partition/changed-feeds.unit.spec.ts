import { DispatchRig, feedOf, running } from '../testing/dispatch-rig.fixture.js';
import { resting, ship, SHIPPED, slowDown } from '../testing/resting-feeds.fixture.js';

describe('a feed that is changed or paused while it is at rest', () => {
  it('is owed what comes while it is changed, also several times', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    slowDown(rig, 'wake', 300, 'last');
    slowDown(rig, 'awake', 1_000, 'last');
    const ids: string[] = [];
    for (let revision = 2; revision < 6; revision++) {
      ids.push(ship(rig));
      await rig.feeds(feedOf({}, { ...SHIPPED, revision }));
      await rig.timers.advance(100);
      rig.publish(dispatcher, 'b');
    }
    await rig.timers.advance(10_000);
    expect(rig.client.delivered()).toEqual(ids);
    await dispatcher.stop();
  });

  it('is owed what comes while it is paused, from the very first', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    await rig.feeds();
    const ids = [ship(rig), ship(rig)];
    await rig.timers.advance(20_000);
    expect(rig.store.cursor('sub-1')).toMatchObject({ watermark: 0, resting: false });
    await rig.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(ids);
    await dispatcher.stop();
  });

  it('is owed what woke it, when it is paused before it is awake', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    slowDown(rig, 'wake', 1_000, 'last');
    const id = ship(rig);
    await rig.feeds();
    rig.publish(dispatcher, 'b', 'b');
    await rig.timers.advance(20_000);
    await rig.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await rig.timers.advance(2_000);
    expect(rig.client.delivered()).toEqual([id]);
    await dispatcher.stop();
  });

  it('is owed what woke it, when it is paused as soon as it is awake', async () => {
    const rig = new DispatchRig({ stopGraceMs: 100 });
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    rig.client.takesMs = () => 3_600_000;
    const id = ship(rig);
    await rig.timers.settle();
    await rig.feeds();
    await rig.timers.advance(1_000);
    expect(rig.store.cursor('sub-1')).toMatchObject({ watermark: 0, resting: false });
    rig.client.takesMs = () => 0;
    await rig.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual([id]);
    await dispatcher.stop();
  });

  it('is owed what comes in a short pause, before the pause was saved', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    await rig.feeds();
    const id = ship(rig);
    await rig.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await rig.timers.advance(2_000);
    expect(rig.client.delivered()).toEqual([id]);
    await dispatcher.stop();
  });

  it('is at rest again after a short pause that is still being saved at its end', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    slowDown(rig, 'save', 2_000, 'last');
    await rig.feeds();
    await rig.timers.advance(1_000);
    await rig.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await rig.timers.advance(20_000);
    expect(rig.store.cursor('sub-1')).toMatchObject({ resting: true });
    const id = ship(rig);
    await rig.timers.advance(5_000);
    expect(rig.client.delivered()).toEqual([id]);
    await Promise.all([dispatcher.stop(), rig.timers.advance(10_000)]);
  });

  it('is at rest again after a short pause of which the answer to the save was lost', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    const { save } = rig.store;
    rig.store.save = async (...given) => {
      rig.store.save = save;
      // The database goes on with it, and is done when nobody waits any more.
      void rig.timers.sleep(500).then(() => save.apply(rig.store, given));
      throw new Error('its answer is lost');
    };
    await rig.feeds();
    await rig.timers.advance(150);
    await rig.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await rig.timers.advance(20_000);
    expect(rig.store.cursor('sub-1')).toMatchObject({ resting: true });
    await dispatcher.stop();
  });

  it('does not come further with the others, if it is paused while the partition is being claimed', async () => {
    const rig = new DispatchRig();
    const first = await resting(rig, feedOf({}, SHIPPED));
    await first.stop();
    rig.dispatchers.delete(first);
    slowDown(rig, 'claim', 1_000, 'first');
    const second = await running(rig, feedOf({}, SHIPPED));
    const { unrestOthers } = rig.store;
    rig.store.unrestOthers = async (...given) => {
      await unrestOthers.apply(rig.store, given);
      await rig.timers.sleep(1_000);
    };
    await rig.timers.advance(1_500);
    await rig.feeds();
    const id = ship(rig);
    await rig.timers.advance(20_000);
    await rig.feeds(feedOf({}, { ...SHIPPED, revision: 2 }));
    await rig.timers.advance(2_000);
    expect(rig.client.delivered()).toEqual([id]);
    await second.stop();
  });

  it('lets the others come further, when it was ended while it was changed', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.client.takesMs = () => 1_000;
    rig.publish(dispatcher, 'a');
    await rig.timers.settle();
    await rig.feeds(feedOf({}, { revision: 2 }));
    await rig.feeds();
    rig.publish(dispatcher, 'a', 'b');
    await rig.timers.advance(20_000);
    expect(rig.store.kept?.rest).toBe(3);
    await dispatcher.stop();
  });
});
