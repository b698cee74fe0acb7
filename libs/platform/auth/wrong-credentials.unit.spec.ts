import { jest } from '@jest/globals';
import { WrongCredentials } from './wrong-credentials.js';

const GUESSER = '203.0.113.9';

describe('an address that sends wrong credentials', () => {
  let wrong: WrongCredentials;
  beforeEach(() => {
    jest.useFakeTimers();
    wrong = new WrongCredentials();
  });
  afterEach(() => void jest.useRealTimers());

  /** What has become of each refusal by now. */
  function outcomes(count: number, address = GUESSER): string[] {
    const seen = Array.from({ length: count }, () => 'waits');
    seen.forEach((_, n) => {
      wrong.slowDown(address).then(
        () => (seen[n] = 'refused'),
        (error: { code: string; retryAfterSeconds: number }) =>
          (seen[n] = `${error.code} ${error.retryAfterSeconds}`),
      );
    });
    return seen;
  }
  const counted = (seen: readonly string[]) =>
    Object.fromEntries([...new Set(seen)].map((each) => [each, seen.filter((one) => one === each).length]));

  it('is answered at once for the first of them', async () => {
    const seen = outcomes(60);
    await jest.advanceTimersByTimeAsync(0);
    expect(counted(seen)).toEqual({ refused: 60 });
  });

  it('then waits for a few answers, and is told to come back for the rest', async () => {
    const seen = outcomes(100);
    await jest.advanceTimersByTimeAsync(999);
    expect(counted(seen)).toEqual({ refused: 60, waits: 5, 'rate-limited 1': 35 });
    await jest.advanceTimersByTimeAsync(1);
    expect(counted(seen)).toEqual({ refused: 65, 'rate-limited 1': 35 });
  });

  it('is answered at once again after a while', async () => {
    outcomes(100);
    await jest.advanceTimersByTimeAsync(10_000);
    const seen = outcomes(11);
    await jest.advanceTimersByTimeAsync(0);
    expect(counted(seen)).toEqual({ refused: 10, waits: 1 });
  });

  it('slows down no other, and many together keep few answers waiting', async () => {
    const all = Array.from({ length: 100 }, (_, n) => outcomes(70, `203.0.113.${n}`));
    const other = outcomes(1, '198.51.100.1');
    await jest.advanceTimersByTimeAsync(0);
    expect(other).toEqual(['refused']);
    expect(counted(all.flat())).toMatchObject({ refused: 6_000 });
    expect(counted(all.flat()).waits).toBeLessThanOrEqual(200);
  });

  it('frees its place when its client leaves', async () => {
    outcomes(60);
    const leave = new AbortController();
    const left = Array.from({ length: 5 }, () => wrong.slowDown(GUESSER, leave.signal));
    leave.abort();
    await Promise.all(left);
    const seen = outcomes(1);
    await jest.advanceTimersByTimeAsync(0);
    expect(seen).toEqual(['waits']);
  });

  it('is one of a bounded number that are remembered', async () => {
    for (let n = 0; n < 100_000; n++) await wrong.slowDown(`2001:db8:${(n >> 16).toString(16)}:${n}::/64`);
    expect(wrong.size).toBe(20_000);
  });
});
