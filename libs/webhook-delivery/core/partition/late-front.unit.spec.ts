import { retrying } from '../../testing/dispatch-harness.fixture.js';
import { LateChange } from '../../testing/late-change.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';
import type { BlockedLane } from '../ports.js';

/** A change is heard after a later event of the same stream has failed. */
describe('an event owed late that comes first in a blocked lane', () => {
  const begin = async (maxAttempts = 3): Promise<LateChange> => {
    const late = await LateChange.begin(retrying({ maxAttempts, initialDelayMs: 2_000 }));
    late.harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'a' ? failed(500) : DELIVERED;
    late.publish('order.confirmed', 'x');
    await late.wait(1_000);
    return late;
  };
  const attemptsOf = (late: LateChange, id: string) =>
    late.harness.client.attemptsOf(id).map(({ attempt }) => attempt);

  it('is tried before it can be a dead letter, and has attempts of its own', async () => {
    const late = await begin();
    const id = await late.passOver('a');
    const after = late.publish('order.confirmed', 'a');
    await late.wait();
    expect(late.harness.store.lanesOf()).toMatchObject([{ attempts: 3, retryAt: null }]);
    await late.hear();
    await late.wait(1_000);
    expect(attemptsOf(late, id)).toEqual([1]);
    await late.wait();
    expect(attemptsOf(late, id)).toEqual([1, 2, 3]);
    expect(late.harness.store.skip('sub-1').map(({ eventId }) => eventId)).toEqual([id]);
    late.harness.client.answer = () => DELIVERED;
    await late.wait();
    expect(late.delivered.at(-1)).toBe(after);
    await late.stop();
  });

  it('is delivered at once if it can be, and then the one that had blocked its lane', async () => {
    const late = await begin();
    const id = await late.passOver('a');
    const after = late.publish('order.confirmed', 'a');
    await late.wait();
    late.harness.client.answer = () => DELIVERED;
    await late.hear();
    await late.wait(5_000);
    expect(late.delivered.slice(-2)).toEqual([id, after]);
    expect(late.harness.store.lanesOf()).toEqual([]);
    await late.stop();
  });

  it('does not count the attempts of the former front, which were read before it came', async () => {
    const late = await begin(4);
    const { store, clock } = late.harness;
    const id = await late.passOver('a');
    const after = late.publish('order.confirmed', 'a');
    const { dueLanes } = store;
    const read: BlockedLane[] = [];
    store.dueLanes = async (...given) => {
      const due = await dueLanes.apply(store, given);
      read.push(...due);
      if (read.length === 1) await clock.sleep(5_000);
      return due;
    };
    while (read.length === 0) await late.wait(100);
    await late.hear();
    await late.wait();
    expect(read[0]).toMatchObject({ offset: store.parkedOf().at(-1)?.offset, attempts: 1 });
    expect(late.parked).toEqual([id, after]);
    expect(attemptsOf(late, id)).toEqual([1, 2, 3, 4]);
    await late.stop();
  });
});
