import { type LogReader } from '#libs/kernel';
import { parseBound, wantedRanges } from './wanted-range.js';

const log: Pick<LogReader, 'startOffsets' | 'endOffsets' | 'offsetsForTime'> = {
  startOffsets: async () => [{ topic: 'orders', partition: 0, offset: 2 }],
  endOffsets: async () => [{ topic: 'orders', partition: 0, offset: 9 }],
  offsetsForTime: async () => [{ topic: 'orders', partition: 0, offset: 5 }],
};
const range = async (from: string, to: string) =>
  (await wantedRanges(log, ['orders'], parseBound(from), parseBound(to)))[0]?.range;

describe('a wanted range', () => {
  it('is between positions and times', async () => {
    expect(await range('orders/0@1', '2026-01-31')).toEqual([2, 5]);
    expect(await range('2026-01-31', 'orders/0@7')).toEqual([5, 7]);
  });

  it.each([
    ['2026-01-31', '2026-01-30'],
    ['2026-01-31', '2026-01-31'],
  ])('is refused from %s to %s', async (from, to) => {
    await expect(range(from, to)).rejects.toThrow('the end of a range is not included');
  });
});
