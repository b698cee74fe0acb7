import { GatheredSaves, type StateSave } from './gathered-saves.js';

describe('gathered saves of states', () => {
  let statements: string[][];
  let answers: ((keys: readonly string[]) => Promise<ReadonlySet<string>>)[];
  let timers: (() => void)[];
  let saves: GatheredSaves;

  const keyOf = ({ claim }: StateSave) => `${claim.topic}/${claim.partition}`;
  const elapse = () => {
    for (const timer of timers.splice(0)) timer();
  };

  beforeEach(() => {
    [statements, answers, timers] = [[], [], []];
    const saveAll = async (group: readonly StateSave[]) => {
      const keys = group.map(keyOf);
      statements.push(keys);
      return (answers.shift() ?? (async () => new Set(keys)))(keys);
    };
    const after = (_: number, callback: () => void) => {
      timers.push(callback);
      return () => {
        timers = timers.filter((timer) => timer !== callback);
      };
    };
    saves = new GatheredSaves(saveAll, { after });
  });

  const save = (partition: number, count = 1) =>
    saves.save({
      claim: { topic: 'orders', partition, claim: 1 },
      from: 0,
      to: 1,
      states: Array.from({ length: count }, (_, index) => ({ streamId: `s-${index}`, json: '{}' })),
    });

  it('share a statement, of which each has its own answer', async () => {
    answers = [async ([first = '']) => new Set([first])];
    const outcomes = Promise.all([save(0), save(1)]);
    expect(statements).toEqual([]);
    elapse();
    expect(await outcomes).toEqual([true, false]);
    expect(statements).toEqual([['orders/0', 'orders/1']]);
    expect(timers).toEqual([]);
  });

  it('wait for no others when there is enough to save', async () => {
    const first = save(0);
    expect(await save(1, 200)).toBe(true);
    expect(await first).toBe(true);
    expect(statements).toEqual([['orders/0', 'orders/1']]);
  });

  it('of one partition have statements of their own', async () => {
    const both = Promise.all([save(0), save(0)]);
    elapse();
    expect(await both).toEqual([true, true]);
    expect(statements).toEqual([['orders/0'], ['orders/0']]);
  });

  it('suffer from no fault of another', async () => {
    const fails = async () => Promise.reject(new Error('a fault'));
    answers = [fails, async (keys) => new Set(keys), fails];
    const outcomes = Promise.allSettled([save(0), save(1)]);
    elapse();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(statements).toEqual([['orders/0', 'orders/1'], ['orders/0'], ['orders/1']]);
  });
});
