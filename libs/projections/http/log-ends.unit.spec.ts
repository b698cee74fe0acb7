import { jest } from '@jest/globals';
import type { Position } from '#libs/kernel';
import { LogEnds } from './log-ends.js';

const at = (partition: number, offset: number): Position => ({ topic: 'orders', partition, offset });

describe('the ends of the log', () => {
  let ends: Position[];
  let questions: number;
  let outage: Error | undefined;
  let log: LogEnds;

  beforeEach(() => {
    jest.useFakeTimers();
    [ends, questions, outage] = [[at(0, 10), at(1, 0)], 0, undefined];
    log = new LogEnds(async () => {
      questions++;
      if (outage) throw outage;
      return ends;
    });
  });
  afterEach(() => void jest.useRealTimers());

  async function unknown(...positions: Position[]): Promise<readonly Position[]> {
    const found = log.unknown(positions);
    await jest.advanceTimersByTimeAsync(1_000);
    return found;
  }

  it('tell what lies beyond them, or in no partition at all', async () => {
    expect(await unknown(at(0, 9), at(0, 10), at(1, 0), at(2, 0))).toEqual([at(0, 10), at(1, 0), at(2, 0)]);
  });

  it('are not asked for what is known to be there', async () => {
    await unknown(at(0, 9));
    expect(questions).toBe(1);
    expect(await unknown(at(0, 9), at(0, 3))).toEqual([]);
    expect(questions).toBe(1);
  });

  it('are asked for again, in case the log has grown, or its leader did not know', async () => {
    expect(await unknown(at(0, 10))).toHaveLength(1);
    expect(questions).toBe(2);
    const found = log.unknown([at(0, 11)]);
    await jest.advanceTimersByTimeAsync(0);
    ends = [at(0, 12)];
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await found).toEqual([]);
  });

  it('are asked for seldom, however many want to know', async () => {
    const all = Array.from({ length: 1_000 }, (_, n) => log.unknown([at(0, 900_000 + n)]));
    await jest.advanceTimersByTimeAsync(1_000);
    expect((await Promise.all(all)).flat()).toHaveLength(1_000);
    expect(questions).toBeLessThan(5);
  });

  it('refuse nobody while the log does not answer', async () => {
    outage = new Error('away');
    expect(await unknown(at(0, 10))).toEqual([]);
    outage = undefined;
    expect(await unknown(at(0, 10))).toHaveLength(1);
  });
});
