import { DispatchRig, feedOf, retrying, running } from '../testing/dispatch-rig.fixture.js';
import { DELIVERED, failed } from '../testing/scripted-client.fixture.js';

const [A, B] = ['https://a.example/hook', 'https://b.example/hook'];

/** The subscription, with its first address, and with another one that it has since a later revision. */
const at = (callbackUrl: string, revision: number) =>
  feedOf(
    { callbackUrl, revision, endpointRevision: revision, ...retrying({ maxAttempts: 3 }) },
    { revision },
  );

describe('a subscription that gets another endpoint', () => {
  const rigOf = (answerOfA = failed(503, 600_000)) => {
    const rig = new DispatchRig({ stopGraceMs: 1_000 }, { deadAfter: 4 });
    rig.client.answer = ({ subscription }) => (subscription.callbackUrl === A ? answerOfA : DELIVERED);
    return rig;
  };
  const sentToB = (rig: DispatchRig) =>
    rig.client.seen
      .filter(({ subscription }) => subscription.callbackUrl === B)
      .map(({ events: [{ metadata }], attempt }) => ({ eventId: metadata.eventId, attempt }));

  it('is sent at once what waits, however long the former one wanted to be spared, as a first attempt', async () => {
    const rig = rigOf();
    const dispatcher = await running(rig, at(A, 1));
    rig.publish(dispatcher, 'a', 'a', 'b');
    await rig.timers.advance(5_000);
    expect(rig.store.lanesOf()).toHaveLength(2);
    await rig.feeds(at(B, 2));
    rig.publish(dispatcher, 'c');
    await rig.timers.advance(3_000);
    expect(sentToB(rig).toSorted((a, b) => a.eventId.localeCompare(b.eventId))).toEqual(
      [0, 1, 2, 3].map((index) => ({ eventId: `event-${index}`, attempt: 1 })),
    );
    expect(rig.store.lanesOf()).toEqual([]);
    await dispatcher.stop();
  });

  it('is sent what waits also where nobody heard of the change until another dispatcher came', async () => {
    const rig = rigOf();
    const first = await running(rig, at(A, 1));
    rig.publish(first, 'a');
    await rig.timers.advance(5_000);
    await first.stop();
    rig.dispatchers.delete(first);
    const second = await running(rig, at(B, 2));
    await rig.timers.advance(3_000);
    expect(sentToB(rig)).toEqual([{ eventId: 'event-0', attempt: 1 }]);
    await second.stop();
  });

  it('has all attempts anew there', async () => {
    const rig = rigOf(failed(500));
    const feed = (url: string, revision: number) => {
      const made = at(url, revision);
      const retry = { maxAttempts: 3, initialDelayMs: 3_000, maxDelayMs: 60_000, timeoutMs: 1_000 };
      return { ...made, subscription: { ...made.subscription, retry } };
    };
    const dispatcher = await running(rig, feed(A, 1));
    rig.publish(dispatcher, 'a');
    await rig.timers.until(() => rig.client.seen.length === 2);
    await rig.timers.advance(500);
    rig.client.answer = () => failed(500);
    await rig.feeds(feed(B, 2));
    await rig.timers.advance(120_000);
    expect(sentToB(rig).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(rig.store.lanesOf()).toMatchObject([{ attempts: 3, retryAt: null, endpointRevision: 2 }]);
    await dispatcher.stop();
  });

  it('is not taken for dead because the former one was', async () => {
    const rig = rigOf(failed(500));
    const dispatcher = await running(rig, at(A, 1));
    rig.publish(dispatcher, 'a', 'b', 'c', 'd', 'e', 'f');
    await rig.timers.advance(20_000);
    await rig.feeds(at(B, 2));
    rig.publish(dispatcher, 'g', 'h');
    await rig.timers.advance(100);
    expect(sentToB(rig).map(({ eventId }) => eventId)).toEqual(
      expect.arrayContaining(['event-6', 'event-7']),
    );
    await dispatcher.stop();
  });

  it('keeps its dead letters for a person, and what else changes hurries nothing', async () => {
    const rig = rigOf();
    const dispatcher = await running(rig, at(A, 1));
    rig.publish(dispatcher, 'waits');
    await rig.timers.advance(2_000);
    const before = rig.client.seen.length;
    await rig.feeds({ ...at(A, 1), revision: 2 });
    await rig.timers.advance(10_000);
    expect(rig.client.seen).toHaveLength(before);
    rig.client.answer = () => failed(500);
    await rig.feeds(at(B, 3));
    await rig.timers.advance(60_000);
    expect(rig.store.lanesOf()).toMatchObject([{ retryAt: null }]);
    const tries = rig.client.seen.length;
    await rig.feeds(at(A, 4));
    await rig.timers.advance(60_000);
    expect(rig.client.seen).toHaveLength(tries);
    await dispatcher.stop();
  });
});
