import type { DispatchPorts } from './dispatch-limits.js';
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

describe('a fault of one feed, outside of its attempts', () => {
  it('ends that feed; others get their events, and the partition goes on', async () => {
    const rig = new DispatchRig();
    const poisoned = feedOf({ subscriptionId: 'poisoned' });
    Object.defineProperty(poisoned.subscription, 'ordering', {
      get() {
        throw new TypeError('our bug');
      },
    });
    const dispatcher = await running(rig, poisoned, feedOf());
    rig.publish(dispatcher, 'a', 'b');
    await rig.timers.advance(1_000);
    expect(rig.client.delivered('sub-1')).toEqual(['event-0', 'event-1']);
    expect(rig.told).toEqual([expect.stringContaining('crashed poisoned: TypeError: our bug')]);
    expect(dispatcher.stopped).toBe(false);
    expect(rig.store.cursor('sub-1')?.watermark).toBe(2);
    await dispatcher.stop();
  });

  it('ends that feed before the event that it was being offered, which comes when it is begun again', async () => {
    const rig = new DispatchRig();
    const dispatcher = await running(rig);
    rig.publish(dispatcher, 'a');
    // So long that mere reading is saved, too.
    await rig.timers.advance(8_000);
    const { hasRoom } = rig.budget;
    rig.budget.hasRoom = () => {
      throw new TypeError('our bug');
    };
    rig.publish(dispatcher, 'b');
    await rig.timers.settle();
    rig.budget.hasRoom = hasRoom;
    expect(rig.told).toEqual([expect.stringContaining('crashed sub-1: TypeError: our bug')]);
    rig.publish(dispatcher, 'c');
    await mended(rig, 5);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });
});

describe('a fault of a partition', () => {
  const broken = (): never => {
    throw new TypeError('our bug');
  };

  it.each<[string, (ports: DispatchPorts) => DispatchPorts]>([
    [
      'where it reads history',
      (ports) => ({
        ...ports,
        source: {
          read: async () => ({
            next: 1,
            get events() {
              return broken();
            },
          }),
        },
      }),
    ],
    ['where it finds out who stands where', (ports) => ({ ...ports, store: null as never, random: broken })],
    ['where it sleeps', (ports) => ({ ...ports, timers: { ...ports.timers, now: () => 0, sleep: broken } })],
  ])('%s ends its dispatcher and nothing else, and is told', async (_, changed) => {
    const rig = new DispatchRig();
    await rig.feeds(feedOf());
    rig.publish(undefined, 'a');
    const dispatcher = rig.dispatcher(changed);
    rig.publish(dispatcher, 'b');
    await rig.timers.advance(2_000);
    dispatcher.mend();
    await rig.timers.advance(2_000);
    expect(rig.told.length).toBeGreaterThan(0);
    rig.dispatchers.delete(dispatcher);
    const next = await running(rig);
    await rig.timers.advance(1_000);
    expect(rig.client.delivered()).toEqual(['event-0', 'event-1']);
    await next.stop();
  });
});
