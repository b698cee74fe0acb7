import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

const PATIENT = retrying({ maxAttempts: 5, initialDelayMs: 10, maxDelayMs: 10 });

describe('Retry-After', () => {
  /** Asks for a pause once, and takes everything from then on. */
  const pausingOnce = (pauseMs: number) => {
    const rig = new DispatchRig();
    let hasAsked = false;
    rig.client.answer = () => {
      if (hasAsked) return DELIVERED;
      hasAsked = true;
      return failed(503, pauseMs);
    };
    return rig;
  };

  it('holds for every lane: none sends anything until it is over, and none loses an attempt', async () => {
    const rig = pausingOnce(5_000);
    const dispatcher = await running(rig, feedOf(PATIENT));
    rig.publish(dispatcher, 'first');
    await rig.timers.advance(10);
    for (let second = 0; second < 4; second++) {
      rig.publish(dispatcher, 'first', `other-${second}`);
      await rig.timers.advance(1_000);
    }
    expect(rig.client.seen).toHaveLength(1);
    await rig.timers.advance(3_000);
    expect(rig.client.delivered().toSorted()).toEqual(
      Array.from({ length: 9 }, (_, index) => `event-${index}`),
    );
    expect(rig.client.attemptsOf('event-2')).toMatchObject([{ attempt: 1 }]);
    expect(rig.client.attemptsOf('event-0').map(({ attempt }) => attempt)).toEqual([1, 2]);
    await dispatcher.stop();
  });

  it('keeps what waits in the database there, with the attempts and the error that it had', async () => {
    const rig = new DispatchRig();
    rig.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'pausing' ? failed(503, 3_600_000) : failed(500);
    const dispatcher = await running(
      rig,
      feedOf(retrying({ maxAttempts: 9, initialDelayMs: 20_000, maxDelayMs: 20_000 })),
    );
    rig.publish(dispatcher, 'failing');
    await rig.timers.advance(5_000);
    rig.publish(dispatcher, 'pausing');
    await rig.timers.advance(1_000);
    const seen = rig.client.seen.length;
    const lane = () => rig.store.lanesOf().find((each) => each.lane === 'failing');
    const before = lane();
    await rig.timers.advance(1_800_000);
    expect(rig.client.seen).toHaveLength(seen);
    expect(lane()).toMatchObject({ attempts: before?.attempts, lastError: 'status 500' });
    rig.client.answer = () => DELIVERED;
    await rig.timers.advance(1_900_000);
    expect(rig.client.delivered().toSorted()).toEqual(['event-0', 'event-1']);
    expect(rig.client.attemptsOf('event-0').at(-1)?.attempt).toBe(2);
    await dispatcher.stop();
  });

  it('of one endpoint holds up no other', async () => {
    const rig = new DispatchRig();
    rig.client.answer = ({ subscription }) =>
      subscription.subscriptionId === 'sub-1' ? failed(429, 60_000) : DELIVERED;
    const other = { subscriptionId: 'sub-2', callbackUrl: 'https://example.com/other' };
    const dispatcher = await running(rig, feedOf(PATIENT), feedOf(other));
    for (let index = 0; index < 10; index++) {
      rig.publish(dispatcher, `stream-${index}`);
      await rig.timers.advance(500);
    }
    expect(rig.client.delivered('sub-2')).toHaveLength(10);
    expect(
      rig.client.seen.filter(({ subscription }) => subscription.subscriptionId === 'sub-1'),
    ).toHaveLength(1);
    await dispatcher.stop();
  });
});
