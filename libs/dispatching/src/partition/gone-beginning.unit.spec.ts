import { DispatchRig, feedOf, running } from '../testing/dispatch-rig.fixture.js';
import { resting, ship, SHIPPED } from '../testing/resting-feeds.fixture.js';

/** A dispatcher crashed before it had saved that it had looked at the last events, and they are gone when another begins. */
async function restartedIntoGap(rig: DispatchRig) {
  const first = await resting(rig, feedOf({}, SHIPPED));
  rig.store.save = async () => {
    throw new Error('no database');
  };
  for (let n = 0; n < 5; n++) rig.publish(first, 'gone');
  await rig.timers.advance(1_000);
  await first.stop();
  rig.dispatchers.delete(first);
  rig.log.begin = 3;
  return rig;
}

describe('records that are gone before those at rest have come past them', () => {
  it('hold up those whom they concern, and nobody who begins behind them', async () => {
    const rig = new DispatchRig();
    const { save } = rig.store;
    await restartedIntoGap(rig);
    rig.store.save = save;
    const late = feedOf({ subscriptionId: 'late' }, { start: { 'orders/3': 3 } });
    const second = await running(rig, feedOf({}, SHIPPED), late);
    await rig.timers.advance(5_000);
    expect(rig.client.delivered('late')).toEqual(['event-3', 'event-4']);
    const [next] = rig.publish(second, 'new');
    const shipped = ship(rig);
    await rig.timers.advance(5_000);
    expect(rig.client.delivered('late')).toEqual(['event-3', 'event-4', next, shipped]);
    expect(rig.client.delivered('sub-1')).toEqual([]);
    rig.log.isGapAccepted = true;
    await rig.timers.advance(5_000);
    expect(rig.client.delivered('sub-1')).toEqual([shipped]);
    const [last] = rig.publish(second, 'new');
    await rig.timers.advance(20_000);
    expect(rig.client.delivered('late')).toEqual(['event-3', 'event-4', next, shipped, last]);
    expect(rig.store.cursor('sub-1')).toMatchObject({ watermark: rig.log.end, resting: true });
    await second.stop();
  });
});
