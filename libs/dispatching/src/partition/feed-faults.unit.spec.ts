import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

/** Lets a while pass, in which what has died is looked after. */
async function mended(rig: DispatchRig, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    for (const dispatcher of rig.dispatchers) dispatcher.mend();
    await rig.timers.advance(1_000);
  }
}

describe('a fault of ours', () => {
  const faulty = () => {
    const rig = new DispatchRig();
    rig.client.answer = () => {
      throw new TypeError('our bug');
    };
    return rig;
  };

  it('ends a feed, which is begun again less and less often', async () => {
    const rig = faulty();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'a');
    await mended(rig, 60);
    // At once, then after 2, 4, 8, 16 … seconds.
    expect(rig.told).toHaveLength(5);
    await dispatcher.stop();
  });

  it('ends a feed, which goes on where it stood, also when something else is owed to it meanwhile', async () => {
    const rig = faulty();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'a', 'b');
    await rig.timers.settle();
    expect(rig.told).toEqual([expect.stringContaining('crashed sub-1: TypeError: our bug')]);
    rig.client.answer = () => DELIVERED;
    dispatcher.mend();
    await rig.timers.advance(500);
    rig.publish(dispatcher, 'c');
    await rig.timers.advance(500);
    expect(rig.client.delivered()).toEqual([]);
    await mended(rig, 4);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });

  it('ends a feed, which goes on where it stood, also when a lane of it is due meanwhile', async () => {
    const rig = new DispatchRig({ patienceMs: 0 });
    const dispatcher = await running(rig, feedOf(retrying({ initialDelayMs: 1_400 })));
    rig.client.answer = ({ events: [{ metadata }] }) => {
      if (metadata.streamId === 'bug') throw new TypeError('our bug');
      return metadata.streamId === 'held' ? failed(500) : DELIVERED;
    };
    rig.publish(dispatcher, 'held');
    await rig.timers.advance(300);
    rig.publish(dispatcher, 'bug', 'b');
    await rig.timers.settle();
    rig.client.answer = () => DELIVERED;
    await mended(rig, 5);
    expect(rig.client.delivered().toSorted()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });
});
