import { QueryShares } from './query-shares.js';

const crowded = { code: 'tenant-share-exceeded', status: 429, retryAfterSeconds: 1 };
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

  it('is refused to one that has waited too long, or whose queue is full', async () => {
    const shares = new QueryShares({ poolSize: 1, timeoutMs: 20 });
    const release = await shares.acquire('greedy', never);
    await expect(shares.acquire('greedy', never)).rejects.toMatchObject(crowded);
    const all = await Promise.allSettled(
      Array.from({ length: 1_001 }, () => shares.acquire('greedy', never)),
    );
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(1_001);
    release();
    await expect(shares.run('acme', never, () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    expect(await shares.run('acme', never, async () => 'room')).toBe('room');
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
