import { TopicOffsets } from '#libs/kafka';
import { type Instant, LogUnavailableError, parseInstant } from '#libs/kernel';
import { EventPositions } from './event-positions.js';

const instant = (text: string) => parseInstant(text) as Instant;
const ENDS = { 'orders/0': 40, 'orders/1': 41 };
const endOffsets = async () =>
  [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 40 + partition }));

function setUp(log: object = {}) {
  const asked: number[] = [];
  const offsetsForTime = async (_: unknown, time: number) => {
    asked.push(time);
    return [{ topic: 'orders', partition: 0, offset: 7 }];
  };
  // Records were removed from the beginning of the second partition.
  const startOffsets = async () =>
    [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 3 * partition }));
  const topicsInUse = async (topics: readonly string[]) => [...topics];
  const whole = { endOffsets, offsetsForTime, startOffsets, topicsInUse, ...log };
  const positions = new EventPositions(whole as never, new TopicOffsets(whole));
  return { asked, positions };
}

describe('the start of a subscription', () => {
  it('is the end, the beginning, a time or positions', async () => {
    const { positions, asked } = setUp();
    expect(await positions.ends()).toEqual(ENDS);
    expect(await positions.startOf('now', ENDS)).toEqual(ENDS);
    expect(await positions.startOf('beginning', ENDS)).toEqual({ 'orders/1': 3 });
    expect(await positions.startOf({ time: instant('2026-01-01T00:00:00+01:00') }, ENDS)).toEqual({
      'orders/0': 7,
    });
    expect(asked).toEqual([Date.parse('2025-12-31T23:00:00Z')]);
    expect(await positions.startOf({ positions: ['orders/1@3'] }, ENDS)).toEqual({ ...ENDS, 'orders/1': 3 });
  });

  it('is now if the given time is in the future', async () => {
    const { positions, asked } = setUp();
    await positions.startOf({ time: instant('2999-01-01T00:00:00Z') }, ENDS);
    expect(asked[0]).toBeLessThanOrEqual(Date.now());
  });

  it.each(['orders', 'orders/7@0', 'customers/0@0', 'orders/0@41', 'orders/0@-1', 'orders/1@2'])(
    'is not %s',
    async (text) => {
      const start = setUp().positions.startOf({ positions: ['orders/0@40', text] }, ENDS);
      await expect(start).rejects.toMatchObject({ errors: [{ pointer: '/startFrom/positions/1' }] });
    },
  );

  it('is one position in each partition', async () => {
    const start = setUp().positions.startOf({ positions: ['orders/1@4', 'orders/1@5'] }, ENDS);
    await expect(start).rejects.toMatchObject({ errors: [{ pointer: '/startFrom/positions/1' }] });
  });

  it('is unknown while the log is unavailable', async () => {
    const away = () => Promise.reject(new LogUnavailableError('no broker'));
    const { positions } = setUp({ endOffsets: away, offsetsForTime: away });
    await expect(positions.ends()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(positions.startOf({ time: instant('2026-01-01T00:00:00Z') }, ENDS)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
