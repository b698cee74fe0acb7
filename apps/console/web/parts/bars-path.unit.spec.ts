import { describe, expect, it } from '@jest/globals';
import { barsPath } from './bars-path';

describe('the bars of a sparkline', () => {
  it('are one for each value that is not zero, as high as its share of the most', () => {
    expect(barsPath([2, 0, 4], 4)).toBe('M0 22v-11h31.5v11zM64 22v-22h31.5v22z');
    expect(barsPath([], 1)).toBe('');
  });
});
