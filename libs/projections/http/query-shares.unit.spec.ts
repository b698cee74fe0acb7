import { jest } from '@jest/globals';
import { ProblemException } from '#libs/platform';
import { QueryShares } from './query-shares.js';

const crowded = { code: 'tenant-share-exceeded', status: 429, retryAfterSeconds: 1 };
const away = { code: 'unavailable', status: 503, retryAfterSeconds: 1 };
const TIMEOUT_MS = 4_000;
const happened = () => new Promise((resolve) => setImmediate(resolve));

describe('the database, in turn', () => {
  const never = new AbortController().signal;

  it('is had by others at once, however many queries of one are slow', async () => {
    const shares = new QueryShares({ poolSize: 10, timeoutMs: 60_000 });
    const ending: (() => void)[] = [];
    let begun = 0;
    const slow = (): Promise<void> => {
      begun++;
      return new Promise((resolve) => ending.push(resolve));
    };
    const all = Array.from({ length: 200 }, () => shares.run('greedy', never, slow));
    await happened();
    expect(begun).toBe(5);
    expect(await shares.run('acme', never, async () => 'answer')).toBe('answer');
    while (begun < 200 || ending.length > 0) {
      ending.shift()?.();
      await happened();
    }
    await Promise.all(all);
  });

  it('has room again after a query that has failed', async () => {
    const shares = new QueryShares({ poolSize: 1, timeoutMs: TIMEOUT_MS });
    const failing = shares.run('acme', never, () => Promise.reject(new Error('failed')));
    await expect(failing).rejects.toThrow('failed');
    expect(await shares.run('acme', never, async () => 'room')).toBe('room');
  });

  describe('is not had in time', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
    afterEach(() => void jest.useRealTimers());

    /** Half of the places are the tenant's: its first query has one, the others wait. */
    const waitingBehind = async (holder: string, tenant: string, count = 3) => {
      const shares = new QueryShares({ poolSize: 1, timeoutMs: TIMEOUT_MS });
      const end = await shares.acquire(holder, never);
      const waiting = Array.from({ length: count }, () => shares.acquire(tenant, never));
      const outcomes = Promise.allSettled(waiting);
      return { shares, end, outcomes };
    };
    const refusals = async (outcomes: Promise<PromiseSettledResult<unknown>[]>) =>
      (await outcomes).map((each) => (each.status === 'rejected' ? each.reason.code : 'turn'));

    it('by nobody, and nobody is to blame, while the database answers nothing', async () => {
      const { shares, end, outcomes } = await waitingBehind('acme', 'acme');
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
      expect(await refusals(outcomes)).toEqual(Array(3).fill('unavailable'));
      const late = shares.acquire('acme', never);
      const refused = expect(late).rejects.toMatchObject(away);
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
      await refused;
      end();
    });

    it('by those who were there when the database went away', async () => {
      const { end, outcomes } = await waitingBehind('acme', 'acme');
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS / 4);
      end();
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
      expect(await refusals(outcomes)).toEqual(['turn', 'unavailable', 'unavailable']);
    });

    it.each([
      ['an outage', new Error('the connection was lost'), 'unavailable'],
      ['an outage of something else', new ProblemException('unavailable', ''), 'unavailable'],
      ['a refusal', new ProblemException('order-not-found', ''), 'tenant-share-exceeded'],
      ['an answer', undefined, 'tenant-share-exceeded'],
    ])('because of the tenant itself only if the database answers it: %s', async (_, error, code) => {
      const { end, outcomes } = await waitingBehind('acme', 'acme');
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS - 100);
      end(error);
      await jest.advanceTimersByTimeAsync(100);
      expect(await refusals(outcomes)).toEqual(['turn', code, code]);
    });

    it('because of the others, which the tenant is not blamed for', async () => {
      const { outcomes } = await waitingBehind('greedy', 'acme');
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
      expect(await refusals(outcomes)).toEqual(Array(3).fill('unavailable'));
    });

    it('by those beyond a queue that is full, at once', async () => {
      const { shares, end, outcomes } = await waitingBehind('acme', 'acme', 1_000);
      await expect(shares.acquire('acme', never)).rejects.toMatchObject(crowded);
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS / 2);
      await expect(shares.acquire('acme', never)).rejects.toMatchObject(away);
      await jest.advanceTimersByTimeAsync(TIMEOUT_MS / 2);
      await outcomes;
      end();
    });
  });

  it('is not waited for any more by who has gone', async () => {
    const shares = new QueryShares({ poolSize: 1, timeoutMs: 60_000 });
    const release = await shares.acquire('acme', never);
    const client = new AbortController();
    const gone = shares.acquire('acme', client.signal);
    client.abort();
    await expect(gone).rejects.toMatchObject(crowded);
    release();
  });
});
