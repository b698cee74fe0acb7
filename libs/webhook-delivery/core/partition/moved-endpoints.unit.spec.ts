import { DispatchHarness, feedOf, retrying, running } from '../../testing/dispatch-harness.fixture.js';
import { DELIVERED, failed } from '../../testing/scripted-client.fixture.js';

const [A, B] = ['https://a.example/hook', 'https://b.example/hook'];

/** The subscription at its first address and, from a later revision on, at another one. */
const at = (callbackUrl: string, revision: number) =>
  feedOf(
    { callbackUrl, revision, endpointRevision: revision, ...retrying({ maxAttempts: 3 }) },
    { revision },
  );

describe('a subscription that moves to another endpoint', () => {
  const harnessOf = (answerOfA = failed(503, 600_000)) => {
    const harness = new DispatchHarness({ stopGraceMs: 1_000 }, { openAfterFailures: 4 });
    harness.client.answer = ({ subscription }) => (subscription.callbackUrl === A ? answerOfA : DELIVERED);
    return harness;
  };
  const sentToB = (harness: DispatchHarness) =>
    harness.client.seen
      .filter(({ subscription }) => subscription.callbackUrl === B)
      .map(({ events: [{ metadata }], attempt }) => ({ eventId: metadata.eventId, attempt }));

  it('is sent waiting deliveries at once as first attempts, however long the former endpoint asked to pause', async () => {
    const harness = harnessOf();
    const dispatcher = await running(harness, at(A, 1));
    harness.publish(dispatcher, 'a', 'a', 'b');
    await harness.clock.advance(5_000);
    expect(harness.store.lanesOf()).toHaveLength(2);
    await harness.feeds(at(B, 2));
    harness.publish(dispatcher, 'c');
    await harness.clock.advance(3_000);
    expect(sentToB(harness).toSorted((a, b) => a.eventId.localeCompare(b.eventId))).toEqual(
      [0, 1, 2, 3].map((index) => ({ eventId: `event-${index}`, attempt: 1 })),
    );
    expect(harness.store.lanesOf()).toEqual([]);
    await dispatcher.stop();
  });

  it('is sent waiting deliveries even if only the next dispatcher notices the change', async () => {
    const harness = harnessOf();
    const first = await running(harness, at(A, 1));
    harness.publish(first, 'a');
    await harness.clock.advance(5_000);
    await first.stop();
    harness.dispatchers.delete(first);
    const second = await running(harness, at(B, 2));
    await harness.clock.advance(3_000);
    expect(sentToB(harness)).toEqual([{ eventId: 'event-0', attempt: 1 }]);
    await second.stop();
  });

  it('gets all attempts again there', async () => {
    const harness = harnessOf(failed(500));
    const feed = (url: string, revision: number) => {
      const made = at(url, revision);
      const retry = { maxAttempts: 3, initialDelayMs: 3_000, maxDelayMs: 60_000, timeoutMs: 1_000 };
      return { ...made, subscription: { ...made.subscription, retry } };
    };
    const dispatcher = await running(harness, feed(A, 1));
    harness.publish(dispatcher, 'a');
    await harness.clock.until(() => harness.client.seen.length === 2);
    await harness.clock.advance(500);
    harness.client.answer = () => failed(500);
    await harness.feeds(feed(B, 2));
    await harness.clock.advance(120_000);
    expect(sentToB(harness).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(harness.store.lanesOf()).toMatchObject([{ attempts: 3, retryAt: null, endpointRevision: 2 }]);
    await dispatcher.stop();
  });

  it('is not considered dead because the former endpoint was', async () => {
    const harness = harnessOf(failed(500));
    const dispatcher = await running(harness, at(A, 1));
    harness.publish(dispatcher, 'a', 'b', 'c', 'd', 'e', 'f');
    await harness.clock.advance(20_000);
    await harness.feeds(at(B, 2));
    harness.publish(dispatcher, 'g', 'h');
    await harness.clock.advance(100);
    expect(sentToB(harness).map(({ eventId }) => eventId)).toEqual(
      expect.arrayContaining(['event-6', 'event-7']),
    );
    await dispatcher.stop();
  });

  it('keeps its dead letters, and other changes make nothing due', async () => {
    const harness = harnessOf();
    const dispatcher = await running(harness, at(A, 1));
    harness.publish(dispatcher, 'waits');
    await harness.clock.advance(2_000);
    const before = harness.client.seen.length;
    await harness.feeds({ ...at(A, 1), revision: 2 });
    await harness.clock.advance(10_000);
    expect(harness.client.seen).toHaveLength(before);
    harness.client.answer = () => failed(500);
    await harness.feeds(at(B, 3));
    await harness.clock.advance(60_000);
    expect(harness.store.lanesOf()).toMatchObject([{ retryAt: null }]);
    const tries = harness.client.seen.length;
    await harness.feeds(at(A, 4));
    await harness.clock.advance(60_000);
    expect(harness.client.seen).toHaveLength(tries);
    await dispatcher.stop();
  });
});
