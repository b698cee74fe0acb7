import { Turns } from './turns.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('turns', () => {
  it('run the work of one key in order, even after a failure, and other keys in parallel', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const work = (name: string, ms: number) => async () => {
      done.push(`${name} begins`);
      await pause(ms);
      done.push(`${name} ends`);
      if (name === 'b') throw new Error(name);
      return name;
    };
    const results = await Promise.allSettled([
      turns.take('x', work('a', 30)),
      turns.take('x', work('b', 10)),
      turns.take('x', work('c', 1)),
      turns.take('y', work('d', 1)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(done.filter((line) => !line.startsWith('d'))).toEqual([
      'a begins',
      'a ends',
      'b begins',
      'b ends',
      'c begins',
      'c ends',
    ]);
    expect(done.indexOf('d ends')).toBeLessThan(done.indexOf('a ends'));
  });
});
