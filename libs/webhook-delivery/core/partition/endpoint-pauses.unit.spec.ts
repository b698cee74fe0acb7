import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

const PATIENT = retrying({ maxAttempts: 5, initialDelayMs: 10, maxDelayMs: 10 });

describe('Retry-After', () => {
  /** Asks for a pause once and accepts everything afterwards. */
  const pausingOnce = (pauseMs: number) => {
    const harness = new DispatchHarness();
    let hasAsked = false;
    harness.client.answer = () => {
      if (hasAsked) return DELIVERED;
      hasAsked = true;
      return failed(503, pauseMs);
    };
    return harness;
  };

  it('pauses every lane, and none loses an attempt', async () => {
    const harness = pausingOnce(5_000);
    const dispatcher = await running(harness, feedOf(PATIENT));
    harness.publish(dispatcher, 'first');
    await harness.clock.advance(10);
    for (let second = 0; second < 4; second++) {
      harness.publish(dispatcher, 'first', `other-${second}`);
      await harness.clock.advance(1_000);
    }
    expect(harness.client.seen).toHaveLength(1);
    await harness.clock.advance(3_000);
    expect(harness.client.delivered().toSorted()).toEqual(
      Array.from({ length: 9 }, (_, index) => `event-${index}`),
    );
    expect(harness.client.attemptsOf('event-2')).toMatchObject([{ attempt: 1 }]);
    expect(harness.client.attemptsOf('event-0').map(({ attempt }) => attempt)).toEqual([1, 2]);
    await dispatcher.stop();
  });

  it('keeps parked deliveries in the database, with their attempts and error', async () => {
    const harness = new DispatchHarness();
    harness.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'pausing' ? failed(503, 3_600_000) : failed(500);
    const dispatcher = await running(
      harness,
      feedOf(retrying({ maxAttempts: 9, initialDelayMs: 20_000, maxDelayMs: 20_000 })),
    );
    harness.publish(dispatcher, 'failing');
    await harness.clock.advance(5_000);
    harness.publish(dispatcher, 'pausing');
    await harness.clock.advance(1_000);
    const seen = harness.client.seen.length;
    const lane = () => harness.store.lanesOf().find((each) => each.lane === 'failing');
    const before = lane();
    await harness.clock.advance(1_800_000);
    expect(harness.client.seen).toHaveLength(seen);
    expect(lane()).toMatchObject({ attempts: before?.attempts, lastError: 'status 500' });
    harness.client.answer = () => DELIVERED;
    await harness.clock.advance(1_900_000);
    expect(harness.client.delivered().toSorted()).toEqual(['event-0', 'event-1']);
    expect(harness.client.attemptsOf('event-0').at(-1)?.attempt).toBe(2);
    await dispatcher.stop();
  });

  it('of one endpoint does not delay another', async () => {
    const harness = new DispatchHarness();
    harness.client.answer = ({ subscription }) =>
      subscription.subscriptionId === 'sub-1' ? failed(429, 60_000) : DELIVERED;
    const other = { subscriptionId: 'sub-2', callbackUrl: 'https://example.com/other' };
    const dispatcher = await running(harness, feedOf(PATIENT), feedOf(other));
    for (let index = 0; index < 10; index++) {
      harness.publish(dispatcher, `stream-${index}`);
      await harness.clock.advance(500);
    }
    expect(harness.client.delivered('sub-2')).toHaveLength(10);
    expect(
      harness.client.seen.filter(({ subscription }) => subscription.subscriptionId === 'sub-1'),
    ).toHaveLength(1);
    await dispatcher.stop();
  });
});
