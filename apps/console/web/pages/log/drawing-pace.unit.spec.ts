import { describe, expect, it } from '@jest/globals';
import { isTimeToDraw } from './drawing-pace';

describe('the live tail', () => {
  it('draws a few events at once, many only now and then, and none never', () => {
    expect([1, 25].map((waiting) => isTimeToDraw(waiting, 0))).toEqual([true, true]);
    expect([26, 200].map((waiting) => isTimeToDraw(waiting, 999))).toEqual([false, false]);
    expect([26, 200].map((waiting) => isTimeToDraw(waiting, 1_000))).toEqual([true, true]);
    expect(isTimeToDraw(0, 10_000)).toBe(false);
  });
});
