import type { DispatchPorts } from '../dispatch-limits.js';
import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

/** Lets time pass, so that ended feeds are restarted. */
async function mended(harness: DispatchHarness, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    for (const dispatcher of harness.dispatchers) dispatcher.mend();
    await harness.clock.advance(1_000);
  }
}

describe('a bug in the dispatcher', () => {
  const faulty = () => {
    const harness = new DispatchHarness();
    harness.client.answer = () => {
      throw new TypeError('our bug');
    };
    return harness;
  };

  it('ends a feed, which restarts less and less often', async () => {
    const harness = faulty();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, 'a');
    await mended(harness, 60);
    // Restarts come at once, then after 2, 4, 8, 16 … seconds.
    expect(harness.told).toHaveLength(5);
    await dispatcher.stop();
  });

  it('ends a feed, which resumes where it stopped even if another event is owed meanwhile', async () => {
    const harness = faulty();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, 'a', 'b');
    await harness.clock.runPending();
    expect(harness.told).toEqual([expect.stringContaining('crashed sub-1: TypeError: our bug')]);
    harness.client.answer = () => DELIVERED;
    dispatcher.mend();
    await harness.clock.advance(500);
    harness.publish(dispatcher, 'c');
    await harness.clock.advance(500);
    expect(harness.client.delivered()).toEqual([]);
    await mended(harness, 4);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });

  it('ends a feed, which resumes where it stopped even if one of its lanes is due meanwhile', async () => {
    const harness = new DispatchHarness({ patienceMs: 0 });
    const dispatcher = await running(harness, feedOf(retrying({ initialDelayMs: 1_400 })));
    harness.client.answer = ({ events: [{ metadata }] }) => {
      if (metadata.streamId === 'bug') throw new TypeError('our bug');
      return metadata.streamId === 'parked' ? failed(500) : DELIVERED;
    };
    harness.publish(dispatcher, 'parked');
    await harness.clock.advance(300);
    harness.publish(dispatcher, 'bug', 'b');
    await harness.clock.runPending();
    harness.client.answer = () => DELIVERED;
    await mended(harness, 5);
    expect(harness.client.delivered().toSorted()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });
});

describe('a bug in one feed, outside its attempts', () => {
  it('ends that feed, while others get their events and the partition continues', async () => {
    const harness = new DispatchHarness();
    const poisoned = feedOf({ subscriptionId: 'poisoned' });
    Object.defineProperty(poisoned.subscription, 'ordering', {
      get() {
        throw new TypeError('our bug');
      },
    });
    const dispatcher = await running(harness, poisoned, feedOf());
    harness.publish(dispatcher, 'a', 'b');
    await harness.clock.advance(1_000);
    expect(harness.client.delivered('sub-1')).toEqual(['event-0', 'event-1']);
    expect(harness.told).toEqual([expect.stringContaining('crashed poisoned: TypeError: our bug')]);
    expect(dispatcher.stopped).toBe(false);
    expect(harness.store.cursor('sub-1')?.watermark).toBe(2);
    await dispatcher.stop();
  });

  it('ends that feed before the event being offered, which is delivered after the restart', async () => {
    const harness = new DispatchHarness();
    const dispatcher = await running(harness);
    harness.publish(dispatcher, 'a');
    // Long enough that progress without deliveries is saved too.
    await harness.clock.advance(8_000);
    const { hasRoom } = harness.budget;
    harness.budget.hasRoom = () => {
      throw new TypeError('our bug');
    };
    harness.publish(dispatcher, 'b');
    await harness.clock.runPending();
    harness.budget.hasRoom = hasRoom;
    expect(harness.told).toEqual([expect.stringContaining('crashed sub-1: TypeError: our bug')]);
    harness.publish(dispatcher, 'c');
    await mended(harness, 5);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-1', 'event-2']);
    await dispatcher.stop();
  });
});

describe('a bug in a partition', () => {
  const broken = (): never => {
    throw new TypeError('our bug');
  };

  it.each<[string, (ports: DispatchPorts) => DispatchPorts]>([
    [
      'while it reads history',
      (ports) => ({
        ...ports,
        log: {
          fetch: async () => ({
            topic: 'orders',
            partition: 3,
            first: 0,
            next: 1,
            get events() {
              return broken();
            },
          }),
        },
      }),
    ],
    ['where it finds out who stands where', (ports) => ({ ...ports, store: null as never, random: broken })],
    [
      'while it sleeps',
      (ports) => ({ ...ports, clock: { ...ports.clock, now: () => 0, after: broken, sleep: broken } }),
    ],
  ])('%s ends only its dispatcher and is reported', async (_, changed) => {
    const harness = new DispatchHarness();
    await harness.feeds(feedOf());
    harness.publish(undefined, 'a');
    const dispatcher = harness.dispatcher(changed);
    harness.publish(dispatcher, 'b');
    await harness.clock.advance(2_000);
    dispatcher.mend();
    await harness.clock.advance(2_000);
    expect(harness.told.length).toBeGreaterThan(0);
    harness.dispatchers.delete(dispatcher);
    const next = await running(harness);
    await harness.clock.advance(1_000);
    expect(harness.client.delivered()).toEqual(['event-0', 'event-1']);
    await next.stop();
  });
});
