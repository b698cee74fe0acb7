import { RecentAnswer } from './recent-answer.js';

it('an answer is given again until it is too old, and an error is not', async () => {
  let [now, asked] = [0, 0];
  let fails = false;
  const ask = async () => {
    if (fails) throw new Error('away');
    return ++asked;
  };
  const recent = new RecentAnswer(ask, 1_000, { monotonic: () => now });
  expect(await Promise.all([recent.answer(), recent.answer()])).toEqual([1, 1]);
  now = 999;
  expect(await recent.answer()).toBe(1);
  now = 1_000;
  expect(await recent.answer()).toBe(2);
  now = 2_000;
  fails = true;
  await expect(recent.answer()).rejects.toThrow('away');
  fails = false;
  expect(await recent.answer()).toBe(3);
});
