import { inWords } from './judge-brokers.js';

const DAY = 86_400_000;

describe('a duration in words', () => {
  it.each([
    [7 * DAY, '7 days'],
    [DAY, '24 hours'],
    [DAY / 4, '6 hours'],
    [90_000, '1.5 minutes'],
    [1_000, '1 second'],
    [250, '250 milliseconds'],
  ])('puts %d milliseconds as %s', (ms, words) => expect(inWords(ms)).toBe(words));
});
