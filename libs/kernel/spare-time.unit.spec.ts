import { SpareTime } from './spare-time.js';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

describe('work in spare time', () => {
  let now: number;
  let timers: Timer[];
  let spare: SpareTime;

  beforeEach(() => {
    now = 0;
    timers = [];
    spare = new SpareTime({
      monotonic: () => now,
      after: (ms, callback) => {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return () => {
          timers = timers.filter((each) => each !== timer);
        };
      },
    });
  });

  const settled = () => new Promise((resolve) => setImmediate(resolve));

  /** Lets time pass until nothing is planned any more. */
  async function pass(): Promise<void> {
    for (await settled(); timers.length > 0; await settled()) {
      timers.sort((a, b) => a.at - b.at);
      const next = timers.shift();
      now = Math.max(now, next?.at ?? now);
      next?.callback();
    }
  }

  /** @returns whose each piece was, and when it ran */
  async function runAll(pieces: readonly (readonly [string, number])[]): Promise<string[]> {
    const order: string[] = [];
    const all = pieces.map(([tenant, ms]) =>
      spare.run(tenant, () => {
        order.push(`${tenant}@${now}`);
        now += ms;
      }),
    );
    await pass();
    await Promise.all(all);
    return order;
  }

  it('is begun at once, and pauses for as long as it has taken', async () => {
    const pieces = [5, 2, 1].map((ms) => ['a', ms] as const);
    expect(await runAll(pieces)).toEqual(['a@0', 'a@10', 'a@14']);
  });

  it('is done for tenants in turn, however much one of them has', async () => {
    const pieces = ['a', 'a', 'a', 'b', 'a', 'b'].map((tenant) => [tenant, 1] as const);
    expect((await runAll(pieces)).map(([tenant]) => tenant)).toEqual(['a', 'a', 'b', 'a', 'b', 'a']);
  });

  it('pauses a little after what took no time, so that others get in between', async () => {
    const pieces = [0, 0].map((ms) => ['a', ms] as const);
    expect(await runAll(pieces)).toEqual(['a@0', 'a@1']);
  });

  it('gives what a piece returns, and a failure harms no other', async () => {
    const fails = spare.run('a', () => Promise.reject(new Error('on purpose')));
    const works = spare.run('a', async () => 7);
    await expect(fails).rejects.toThrow('on purpose');
    await pass();
    expect(await works).toBe(7);
  });

  it('goes on beside a piece that waits for something else', async () => {
    const never = new Promise<void>(() => undefined);
    void spare.run('a', () => never);
    const next = spare.run('a', () => now);
    await pass();
    expect(await next).toBe(100);
  });
});
