import { nextTurn, Pieces } from './pieces.js';

/** How many rounds of the event loop go by until it is done. */
async function roundsOf(work: Promise<unknown>): Promise<number> {
  let [rounds, isDone] = [0, false];
  void work.then(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    rounds++;
  }
  return rounds;
}

describe('turns', () => {
  it('run one at a time, in order of arrival', async () => {
    const taken: number[] = [];
    const all = Array.from({ length: 10 }, (_, index) => nextTurn().then(() => taken.push(index)));
    expect(await roundsOf(Promise.all(all))).toBeGreaterThanOrEqual(9);
    expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('long work', () => {
  it('yields after each piece', async () => {
    const pieces = new Pieces(100);
    let waits = 0;
    for (let n = 0; n < 100; n++) {
      const turn = pieces.before(10);
      if (turn) waits++;
      await turn;
    }
    expect(waits).toBe(9);
  });

  it('does not wait if small', () => expect(new Pieces(100).before(100)).toBeUndefined());
});
