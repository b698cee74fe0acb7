import { afterEnd, RESTART_POLICY } from './kept-process.mjs';

const SECOND = 1_000;

describe('a process that has ended by itself', () => {
  it('restarts after a pause that doubles each time', () => {
    const ends = [0, 5, 10, 15].map((second) => second * SECOND);
    const pauses = ends.map((_, index) => afterEnd(ends.slice(0, index + 1)));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000].map((pauseMs) => ({ kind: 'restart', pauseMs })));
  });

  it('stays down after the fifth end within a minute', () => {
    expect(afterEnd([0, 5, 10, 15, 59.9].map((second) => second * SECOND))).toEqual({
      kind: 'stay-down',
      ends: 5,
    });
  });

  it('restarts if earlier ends are longer ago', () => {
    expect(afterEnd([0, 5, 10, 15, 60].map((second) => second * SECOND))).toEqual({
      kind: 'restart',
      pauseMs: 4_000,
    });
    const hourly = Array.from({ length: 100 }, (_, hour) => hour * 3_600 * SECOND);
    expect(afterEnd(hourly)).toEqual({ kind: 'restart', pauseMs: 500 });
  });

  it('can end five times within a minute in spite of the pauses', () => {
    const { most, withinMs, firstPauseMs } = RESTART_POLICY;
    const pauses = Array.from({ length: most - 1 }, (_, index) => firstPauseMs * 2 ** index);
    expect(pauses.reduce((sum, pause) => sum + pause)).toBeLessThan(withinMs / 2);
  });
});
