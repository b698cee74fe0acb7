import { encodeLogCursor } from '../core/log-cursor.js';
import { parseInstant, type Position } from '#libs/kernel';
import { readerStartPositions, type StartLog } from './start-positions.js';

const at = (offset: number): Position[] => [{ topic: 'orders', partition: 0, offset }];
const cursor = (positions: Position[]) => ({ cursor: { text: encodeLogCursor(positions), field: 'after' } });

describe('where a reader begins', () => {
  let known: Position[] | undefined;
  let ends: Position[][];
  let times: number[];
  const log: StartLog = {
    knownEnds: () => known,
    endOffsets: async () => ends.shift() ?? at(5),
    startOffsets: async () => at(2),
    offsetsForTime: async (_, timestampMs) => {
      times.push(timestampMs);
      return at(3);
    },
  };

  beforeEach(() => {
    known = undefined;
    ends = [];
    times = [];
  });

  it('is now, the beginning, a time, or a cursor', async () => {
    expect(await readerStartPositions({}, log)).toEqual(at(5));
    // The first event that is still there.
    expect(await readerStartPositions({ from: 'beginning' }, log)).toEqual(at(2));
    expect(await readerStartPositions({ from: parseInstant('2026-01-01T00:00:00Z') }, log)).toEqual(at(3));
    expect(await readerStartPositions(cursor(at(5)), log)).toEqual(at(5));
    expect(times).toEqual([Date.UTC(2026, 0, 1)]);
  });

  it('is now for a time to come', async () => {
    await readerStartPositions({ from: parseInstant('2999-01-01T00:00:00Z') }, log);
    expect(times[0]).toBeLessThanOrEqual(Date.now());
  });

  it('needs no question where the cursor lies within what is known', async () => {
    known = at(5);
    ends = [at(7)];
    expect(await readerStartPositions(cursor(at(5)), log)).toEqual(at(5));
    expect(ends).toHaveLength(1);
    expect(await readerStartPositions(cursor(at(6)), log)).toEqual(at(6));
    expect(ends).toHaveLength(0);
  });

  it('waits a moment for a leader that does not know its end yet', async () => {
    ends = [at(4), at(6)];
    expect(await readerStartPositions(cursor(at(6)), log)).toEqual(at(6));
  });

  it.each([
    ['no cursor', { cursor: { text: 'nonsense', field: 'after' } }, 'was not made by this API'],
    ['an end that is further', cursor(at(6)), 'does not belong to this log'],
    ['a partition more', cursor([...at(0), { topic: 'orders', partition: 1, offset: 0 }]), 'does not belong'],
    ['another topic', cursor([{ topic: 'tea', partition: 0, offset: 0 }]), 'does not belong'],
  ])('is refused with %s', async (_, wanted, detail) => {
    const problem = {
      code: 'invalid-request',
      errors: [{ pointer: '/after', detail: expect.stringContaining(detail) }],
    };
    await expect(readerStartPositions(wanted, log)).rejects.toMatchObject(problem);
  });
});
