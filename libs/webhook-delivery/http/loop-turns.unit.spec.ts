import { LoopTurns } from './loop-turns.js';

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
