import { DispatchHarness, feedOf, running } from '../../testing/dispatch-harness.fixture.js';
import { idle, ship, SHIPPED } from '../../testing/idle-feeds.fixture.js';

/** A dispatcher crashed before it saved its scan of the last events, which are gone when another one starts. */
async function restartedIntoGap(harness: DispatchHarness) {
  const first = await idle(harness, feedOf({}, SHIPPED));
  harness.store.save = async () => {
    throw new Error('no database');
  };
  for (let n = 0; n < 5; n++) harness.publish(first, 'gone');
  await harness.clock.advance(1_000);
  await first.stop();
  harness.dispatchers.delete(first);
  harness.log.begin = 3;
  return harness;
}

describe('records removed before the scan passed them', () => {
  it('block the feeds that they concern, but none that starts behind them', async () => {
    const harness = new DispatchHarness();
    const { save } = harness.store;
    await restartedIntoGap(harness);
    harness.store.save = save;
    const late = feedOf({ subscriptionId: 'late' }, { start: { 'orders/3': 3 } });
    const second = await running(harness, feedOf({}, SHIPPED), late);
    await harness.clock.advance(5_000);
    expect(harness.client.delivered('late')).toEqual(['event-3', 'event-4']);
    const [next] = harness.publish(second, 'new');
    const shipped = ship(harness);
    await harness.clock.advance(5_000);
    expect(harness.client.delivered('late')).toEqual(['event-3', 'event-4', next, shipped]);
    expect(harness.client.delivered('sub-1')).toEqual([]);
    harness.log.isGapAccepted = true;
    await harness.clock.advance(5_000);
    expect(harness.client.delivered('sub-1')).toEqual([shipped]);
    const [last] = harness.publish(second, 'new');
    await harness.clock.advance(20_000);
    expect(harness.client.delivered('late')).toEqual(['event-3', 'event-4', next, shipped, last]);
    expect(harness.store.cursor('sub-1')).toMatchObject({ watermark: harness.log.end, idle: true });
    await second.stop();
  });
});
