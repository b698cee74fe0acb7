import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { resting, ship, SHIPPED, slowDown } from '../testing/resting-feeds.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

const ONE_TRY = retrying({ maxAttempts: 1 });

describe('a feed at rest', () => {
  it('costs no memory and no writes, however much is for others, and comes as far as they do', async () => {
    const rig = new DispatchRig();
    const quiet = Array.from({ length: 100 }, (_, index) =>
      feedOf({ subscriptionId: `quiet-${index}` }, SHIPPED),
    );
    const dispatcher = await resting(rig, ...quiet);
    const before = rig.store.saves;
    for (let index = 0; index < 60; index++) {
      rig.publish(dispatcher, 's');
      await rig.timers.advance(200);
    }
    expect(dispatcher.lags()).toEqual([]);
    expect(rig.store.saves - before).toBeLessThanOrEqual(3);
    await rig.timers.advance(6_000);
    expect(rig.store.cursor('quiet-7')).toMatchObject({ watermark: 60, resting: true });
    await dispatcher.stop();
  });

  it('is woken by what is owed to it, and tells what was owed before, however long ago', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    ship(rig);
    await rig.timers.advance(20_000);
    rig.publish(dispatcher, 'b', 'b', 'b');
    ship(rig);
    await rig.timers.advance(20_000);
    expect(dispatcher.lags()).toEqual([]);
    expect(rig.client.seen.map(({ previousEventId }) => previousEventId)).toEqual([null, 'event-0']);
    await dispatcher.stop();
  });

  it('is owed all that comes while it is being woken', async () => {
    const rig = new DispatchRig();
    const dispatcher = await resting(rig, feedOf({}, SHIPPED));
    slowDown(rig, 'wake', 7_000, 'last');
    const ids = [ship(rig)];
    await rig.timers.advance(6_000);
    rig.publish(dispatcher, 'b');
    ids.push(ship(rig), ship(rig));
    // What was not looked after yet must not be taken for finished.
    expect(rig.store.kept?.rest).toBe(0);
    await rig.timers.advance(6_000);
    expect(rig.client.delivered()).toEqual(ids);
    await dispatcher.stop();
  });

  it('is owed what lies before the partition was claimed by another, who had seen more of the log', async () => {
    const rig = new DispatchRig();
    await rig.feeds(feedOf());
    const { claim } = rig.store;
    rig.store.claim = async (...given) => {
      await rig.timers.sleep(500);
      return claim.apply(rig.store, given);
    };
    rig.dispatcher();
    rig.store.claim = claim;
    const [id] = rig.publish(undefined, 'a');
    await rig.store.claim({ owner: 'another', topic: rig.log.topic, partition: rig.log.partition }, 1);
    await rig.timers.advance(60_000);
    expect(rig.client.delivered()).toEqual([id]);
    for (const dispatcher of rig.dispatchers) await dispatcher.stop();
  });

  it('is not begun any more when the stop comes while it is being woken', async () => {
    const rig = new DispatchRig();
    const first = await resting(rig, feedOf({}, SHIPPED));
    slowDown(rig, 'wake', 500, 'last');
    const id = ship(rig);
    await rig.timers.advance(100);
    await first.stop();
    await rig.timers.advance(10_000);
    expect(rig.client.seen).toEqual([]);
    rig.dispatchers.delete(first);
    const second = await running(rig, feedOf({}, SHIPPED));
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual([id]);
    await second.stop();
  });

  it('does not forget what it was woken for, when the first save of a stop fails, and not the second', async () => {
    const rig = new DispatchRig({ stopGraceMs: 100 });
    const feeds = [feedOf({}, SHIPPED), feedOf({ subscriptionId: 'busy' })];
    const first = await resting(rig, ...feeds);
    rig.client.takesMs = ({ subscription }) => (subscription.subscriptionId === 'sub-1' ? 0 : 3_600_000);
    rig.client.answer = () => failed(500);
    const id = ship(rig);
    await rig.timers.settle();
    const { save } = rig.store;
    rig.store.save = async () => {
      rig.store.save = save;
      throw new Error('no database');
    };
    const stopped = first.stop();
    await rig.timers.advance(1_000);
    await stopped;
    rig.dispatchers.delete(first);
    rig.client.takesMs = () => 0;
    rig.client.answer = () => DELIVERED;
    const second = await running(rig, ...feeds);
    await rig.timers.advance(1_000);
    expect(rig.client.delivered('sub-1')).toEqual([id]);
    await second.stop();
  });

  it('does not forget what is owed to it, when the answer to the save that laid it to rest is lost', async () => {
    const rig = new DispatchRig();
    const first = await running(rig, feedOf({}, SHIPPED), feedOf({ subscriptionId: 'busy' }));
    // Its last delivery was saved a short time ago only.
    rig.client.takesMs = () => 9_000;
    ship(rig);
    await rig.timers.advance(9_500);
    const { save } = rig.store;
    rig.store.save = async (...given) => {
      await save.apply(rig.store, given);
      throw new Error('its answer is lost');
    };
    await rig.timers.until(() => rig.store.cursor('sub-1')?.resting === true);
    rig.store.save = save;
    rig.client.takesMs = ({ subscription }) => (subscription.subscriptionId === 'sub-1' ? 3_600_000 : 0);
    ship(rig);
    for (let second = 0; second < 10; second++) {
      rig.publish(first, 'b');
      await rig.timers.advance(200);
    }
    expect(rig.store.cursor('sub-1')).toMatchObject({ watermark: 1, resting: false });
    await Promise.all([first.stop(), rig.timers.advance(6_000)]);
  });
});

describe('a feed is not laid to rest', () => {
  /** One that has a dead letter, so that the database has to be asked of each lane. */
  async function withDeadLetter(rig: DispatchRig) {
    const feed = feedOf({ ...ONE_TRY }, SHIPPED);
    const first = await running(rig, feed);
    rig.client.answer = () => failed(500);
    ship(rig, 'dead');
    await rig.timers.advance(1_000);
    rig.client.answer = () => DELIVERED;
    await first.stop();
    rig.dispatchers.delete(first);
    return running(rig, feed);
  }

  it('while it is being found out whether a lane of it waits', async () => {
    const rig = new DispatchRig();
    const dispatcher = await withDeadLetter(rig);
    ship(rig);
    await rig.timers.advance(9_900);
    slowDown(rig, 'heldAmong', 2_000, 'last');
    const id = ship(rig, 'b');
    await rig.timers.advance(5_000);
    expect(rig.client.delivered()).toContain(id);
    await dispatcher.stop();
  });

  it('while it is being saved that it is, and something comes', async () => {
    const rig = new DispatchRig();
    const dispatcher = await withDeadLetter(rig);
    ship(rig);
    await rig.timers.advance(9_000);
    slowDown(rig, 'save', 2_000, 'first');
    await rig.timers.until(() => rig.store.cursor('sub-1')?.resting === true);
    slowDown(rig, 'heldAmong', 5_000, 'last');
    const id = ship(rig, 'b');
    await rig.timers.advance(8_000);
    expect(rig.client.delivered()).toContain(id);
    await dispatcher.stop();
  });

  it('while one of its lanes is tried', async () => {
    const rig = new DispatchRig();
    const dispatcher = await withDeadLetter(rig);
    rig.client.takesMs = () => 14_000;
    rig.store.redrive('sub-1');
    await rig.timers.advance(15_000);
    expect(rig.client.delivered()).toEqual(['event-0']);
    expect(rig.client.attemptsOf('event-0')).toHaveLength(2);
    await dispatcher.stop();
  });
});
