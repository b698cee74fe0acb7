import type { Instant, Position } from '#libs/kernel';
import { parseStartAt, StartAtError, projectionStartPositions } from './start-at.js';

const TOPICS = ['orders', 'inventory'];

describe('where a projection begins', () => {
  it.each([
    ['beginning', { kind: 'beginning' }],
    ['2026-11-21T08:00:00Z', { kind: 'time', time: Date.UTC(2026, 10, 21, 8) }],
    ['2026-11-21T08:00:00.250+01:00', { kind: 'time', time: Date.UTC(2026, 10, 21, 7, 0, 0, 250) }],
    ['orders/3@17', { kind: 'positions', positions: [{ topic: 'orders', partition: 3, offset: 17 }] }],
    [
      'orders/3@17, inventory/0@0',
      {
        kind: 'positions',
        positions: [
          { topic: 'orders', partition: 3, offset: 17 },
          { topic: 'inventory', partition: 0, offset: 0 },
        ],
      },
    ],
  ])('is understood: %s', (text, start) => expect(parseStartAt(text, TOPICS)).toEqual(start));

  it.each([
    ['yesterday', /beginning, a time such as .*; it is yesterday/],
    ['2026-11-21', /a time such as/],
    ['2026-11-21T08:00:00', /a time such as/],
    ['2026-02-30T08:00:00Z', /a time such as/],
    ['orders/3', /positions such as/],
    ['orders/3@17,', /positions such as/],
    ['payments/3@17', /the topics to read are orders, inventory/],
    ['orders/3@17,orders/3@18', /orders\/3 is named twice/],
  ])('is refused with what it must be: %s', (text, message) => {
    expect(() => parseStartAt(text, TOPICS)).toThrow(StartAtError);
    expect(() => parseStartAt(text, TOPICS)).toThrow(message);
  });

  const at = (topic: string, partition: number, offset: number): Position => ({ topic, partition, offset });
  const log = {
    endOffsets: async () => [at('orders', 0, 10), at('orders', 1, 20)],
    offsetsForTime: async (topics: readonly string[], timestampMs: number) =>
      topics.map((topic) => at(topic, 1, timestampMs)),
  };

  it('is looked up in the log', async () => {
    expect(await projectionStartPositions({ kind: 'beginning' }, ['orders'], log)).toEqual([]);
    const times = await projectionStartPositions({ kind: 'time', time: 7 as Instant }, ['orders'], log);
    expect(times).toEqual([at('orders', 1, 7)]);
  });

  it('may be the end, and is of no concern in topics of other projections', async () => {
    const positions = [at('orders', 1, 20), at('inventory', 5, 9)];
    expect(await projectionStartPositions({ kind: 'positions', positions }, ['orders'], log)).toEqual([
      at('orders', 1, 20),
    ]);
  });

  it.each([
    [at('orders', 1, 21), 'orders/1@21 is not in the log: orders/1 ends at 20'],
    [at('orders', 2, 0), 'there is no partition orders/2'],
  ])('is refused when it is not in the log', async (position, message) => {
    const start = projectionStartPositions({ kind: 'positions', positions: [position] }, ['orders'], log);
    await expect(start).rejects.toThrow(new StartAtError(message));
  });
});
