import type { AttemptOutcome, AttemptRequest, FailedAttempt } from '../core/ports.js';
import { LoopTurns, PostedDelivery, SharedWebhookClient } from './webhook-client.js';
import { failureReason } from './attempt-failure.js';

const delivered: AttemptOutcome = { outcome: 'delivered', status: 200 };
const requestOf = (tenant: string) => ({ subscription: { tenant } }) as AttemptRequest;
const happened = () => new Promise((resolve) => setImmediate(resolve));

describe('the limit of requests in flight', () => {
  const never = new AbortController().signal;
  let underWay: { readonly tenant: string; readonly end: () => void }[];
  let client: SharedWebhookClient;

  beforeEach(() => {
    underWay = [];
    const attempt = ({ subscription: { tenant } }: AttemptRequest) =>
      new Promise<AttemptOutcome>((resolve) => underWay.push({ tenant, end: () => resolve(delivered) }));
    client = new SharedWebhookClient({ attempt }, 10);
  });

  it('gives a tenant whose endpoints hang at most half, so others go ahead', async () => {
    for (let n = 0; n < 1_000; n++) void client.attempt(requestOf('greedy'), never);
    await happened();
    expect(underWay).toHaveLength(5);
    for (let n = 0; n < 20; n++) {
      const attempt = client.attempt(requestOf('acme'), never);
      await happened();
      expect(underWay.at(-1)?.tenant).toBe('acme');
      underWay.pop()?.end();
      expect(await attempt).toBe(delivered);
    }
    underWay.shift()?.end();
    await happened();
    expect(underWay).toHaveLength(5);
  });

  it('ends the wait of an aborted attempt', async () => {
    const stop = new AbortController();
    const attempts = Array.from({ length: 30 }, () => client.attempt(requestOf('greedy'), stop.signal));
    await happened();
    stop.abort();
    for (const { end } of underWay) end();
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toHaveLength(25);
  });
});

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns of the event loop', () => {
  it('start a limited number at once and the rest later, in order of arrival', async () => {
    const turns = new LoopTurns(3);
    const begun: number[] = [];
    const perTurn: number[] = [];
    for (let index = 0; index < 8; index++) {
      const wait = turns.take();
      if (wait) void wait.then(() => begun.push(index));
      else begun.push(index);
    }
    while (begun.length < 8) {
      perTurn.push(begun.length);
      await nextTurn();
    }
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(perTurn).toEqual([3, 6]);
  });

  it('never start a later arrival first', async () => {
    const turns = new LoopTurns(1);
    const begun: string[] = [];
    const ask = async (name: string) => {
      await turns.take();
      begun.push(name);
    };
    const asked = [ask('a'), ask('b'), ask('c')];
    await nextTurn();
    asked.push(ask('d'));
    await Promise.all(asked);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are renewed after an idle time', async () => {
    const turns = new LoopTurns(2);
    for (let round = 0; round < 3; round++) {
      expect([turns.take(), turns.take()]).toEqual([undefined, undefined]);
      await nextTurn();
    }
  });
});

describe('a bug while an attempt is in flight', () => {
  const broken = new Proxy(
    {},
    {
      get() {
        throw new Error('broken');
      },
    },
  ) as never;

  it.each<[string, (delivery: PostedDelivery) => void]>([
    [
      'at its start',
      (delivery) => {
        delivery.giveUp('timeout');
        delivery.onRequestStart(broken);
      },
    ],
    ['at the status', (delivery) => delivery.onResponseStart(broken, 100, broken)],
    ['in its body', (delivery) => delivery.onResponseData(broken, broken)],
    [
      'at its end',
      (delivery) => {
        delivery.onResponseStart(broken, 500, { 'retry-after': { trim: 1 } as never });
        delivery.onResponseEnd();
      },
    ],
    ['in an error', (delivery) => delivery.onResponseError(broken, broken)],
  ])('%s fails that attempt and is reported', async (_, befall) => {
    const faults: unknown[] = [];
    let ended = 0;
    const delivery = new PostedDelivery({ ended: () => ended++, faulted: (error) => faults.push(error) });
    expect(() => befall(delivery)).not.toThrow();
    expect((await delivery.outcome).outcome).toBe('failed');
    expect(ended).toBe(1);
  });

  it('is reported as an internal error', async () => {
    const faults: unknown[] = [];
    const delivery = new PostedDelivery({ ended: () => {}, faulted: (error) => faults.push(error) });
    delivery.onResponseData(broken, broken);
    expect(((await delivery.outcome) as FailedAttempt).reason).toBe('internal-error');
    expect(faults).toHaveLength(1);
  });

  it('has a reason even if its causes form a cycle', () => {
    const error = new Error('a');
    error.cause = error;
    expect(failureReason(error)).toBe('connection-failed');
  });
});
