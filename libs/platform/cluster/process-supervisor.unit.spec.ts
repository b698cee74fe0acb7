import { pauseAfter } from './process-supervisor.js';

it('a process that ends is started again after growing pauses, until it ends too often', () => {
  const ends = [0, 1_000, 3_000, 6_000, 11_000];
  expect(ends.map((_, index) => pauseAfter(ends.slice(0, index + 1)))).toEqual([
    500,
    1_000,
    2_000,
    4_000,
    undefined,
  ]);
  expect(pauseAfter([...ends.slice(0, 4), 60_500])).toBe(4_000);
  expect(pauseAfter([0, 100_000])).toBe(500);
});
