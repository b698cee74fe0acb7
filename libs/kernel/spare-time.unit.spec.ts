import { SpareTime } from './spare-time.js';

describe('work in spare time', () => {
  let now: number;
  let timers: { readonly at: number; readonly callback: () => void }[];
  let spare: SpareTime;

  beforeEach(() => {
    now = 0;
    timers = [];
    spare = new SpareTime({
      monotonic: () => now,
      after: (ms, callback) => {
        timers.push({ at: now + ms, callback });
        return () => undefined;
      },
    });
  });

  /** @returns when each piece ran */
  const runAll = async (pieces: readonly (readonly [string, number])[]): Promise<string[]> => {
    const order: string[] = [];
    const all = pieces.map(([tenant, ms]) =>
      spare.run(tenant, () => {
        order.push(`${tenant}@${now}`);
        now += ms;
      }),
    );
    for (let timer = timers.shift(); timer; timer = timers.shift()) {
      now = timer.at;
      timer.callback();
    }
    await Promise.all(all);
    return order;
  };

  it('is begun at once, and pauses for twice as long as it has taken', async () => {
    expect(
      await runAll([
        ['a', 5],
        ['a', 2],
        ['a', 1],
      ]),
    ).toEqual(['a@0', 'a@15', 'a@21']);
  });

  it('is done for tenants in turn, however much one of them has', async () => {
    const pieces = ['a', 'a', 'a', 'b', 'a', 'b'].map((tenant) => [tenant, 1] as const);
    expect((await runAll(pieces)).map((each) => each[0])).toEqual(['a', 'a', 'b', 'a', 'b', 'a']);
  });

  it('pauses a little after what took no time, so that others get in between', async () => {
    expect(
      await runAll([
        ['a', 0],
        ['a', 0],
      ]),
    ).toEqual(['a@0', 'a@1']);
  });

  it('gives what a piece returns, and a failure harms no other', async () => {
    const fails = spare.run('a', () => {
      throw new Error('on purpose');
    });
    const works = spare.run('a', () => 7);
    timers.shift()?.callback();
    await expect(fails).rejects.toThrow('on purpose');
    expect(await works).toBe(7);
  });
});
