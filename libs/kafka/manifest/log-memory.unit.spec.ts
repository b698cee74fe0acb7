import { ID_HEADER } from '#libs/contracts';
import type { Position } from '#libs/kernel';
import { compareMemory, type LogMemory, memoryDifferences, recollect } from './log-memory.js';

const at = (offset: number, partition = 0): Position => ({ topic: 'orders', partition, offset });

/** A log whose partition 0 has the events of these ids, one at each offset from 0 on. */
const logOf = (ids: readonly string[], begin = 0) =>
  ({
    endOffsets: async () => [{ partition: 0, offset: ids.length }],
    startOffsets: async () => [{ partition: 0, offset: begin }],
    fetchWhole: async ({ offset }: Position) =>
      ids[offset] === undefined ? [] : [{ offset, headers: [[ID_HEADER, ids[offset]]] }],
  }) as unknown as Parameters<typeof memoryDifferences>[0];

const memoryOf = (reached: Position[], events: [id: string, offset: number][] = []): LogMemory => ({
  reached: async () => reached,
  newestEvents: async () => events.map(([eventId, offset]) => ({ ...at(offset), eventId })),
});

describe('a log, compared with what a database remembers of it', () => {
  it('may be newer', async () => {
    const memory = memoryOf([at(2)], [['a', 0]]);
    expect(await memoryDifferences(logOf(['a', 'b', 'c']), memory)).toEqual([]);
  });

  it('is too old if it ends before the offset that was reached', async () => {
    const [difference, ...others] = await memoryDifferences(logOf(['a', 'b']), memoryOf([at(3)]));
    expect(difference).toMatchObject({
      level: 'fail',
      is: expect.stringContaining('orders/0 ends at 2, before 3'),
    });
    expect(others).toEqual([]);
  });

  it('is another one if it has grown past that offset without the events that were there', async () => {
    const memory = memoryOf([at(2)], [['b', 1]]);
    const [difference] = await memoryDifferences(logOf(['a', 'x', 'y']), memory);
    expect(difference?.is).toContain('orders/0@1 is not the event that was read there');
  });

  it('may have lost its beginning, and whole topics: both are reported elsewhere', async () => {
    const memory = memoryOf([at(2), { topic: 'gone', partition: 0, offset: 9 }], [['a', 0]]);
    expect(await memoryDifferences(logOf(['x', 'b'], 1), memory)).toEqual([]);
  });

  it('is judged by topic where Kafka does not answer for all, and is not judged by commands then', async () => {
    const log = {
      ...logOf(['a', 'b']),
      endOffsets: async (topic: string) => {
        if (topic === 'payments') throw new Error('silent');
        return [{ partition: 0, offset: 2 }];
      },
    };
    const memory = memoryOf([at(3), { ...at(1), topic: 'payments' }]);
    const { differences, unanswered } = await compareMemory(log, await recollect(memory));
    expect(differences).toHaveLength(1);
    expect([...unanswered.keys()]).toEqual(['payments']);
    await expect(memoryDifferences(log, memory)).rejects.toThrow('silent');
  });
});
