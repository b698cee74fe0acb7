import { summedNumbers } from './process-numbers.js';

const numbers = (takesCommands: boolean, orders: number) => ({
  takesCommands,
  orders,
  appends: [
    [0.1, orders],
    [null, orders + 1],
  ] as [number | null, number][],
});

describe('the numbers of several processes', () => {
  it('are those of all that take commands', () => {
    const sum = summedNumbers([numbers(true, 2), numbers(true, 3), numbers(false, 99)]);
    expect(sum).toEqual({
      orders: 5,
      appends: new Map([
        [0.1, 5],
        [Infinity, 7],
      ]),
    });
  });

  it('are unknown where none does', () => expect(summedNumbers([numbers(false, 1)])).toBeUndefined());
});
