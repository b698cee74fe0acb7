import { afterEnd, RESTART_POLICY } from './restart-policy.mjs';

const SECOND = 1_000;

describe('after a process has ended by itself', () => {
  it('it is started again, after a pause that grows with each end', () => {
    const ends = [0, 5, 10, 15].map((second) => second * SECOND);
    const pauses = ends.map((_, index) => afterEnd(ends.slice(0, index + 1)));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000].map((pauseMs) => ({ kind: 'restart', pauseMs })));
  });

  it('it stays down at the fifth end within a minute', () => {
    expect(afterEnd([0, 5, 10, 15, 59.9].map((second) => second * SECOND))).toEqual({
      kind: 'stay-down',
      ends: 5,
    });
  });

  it('ends that are longer ago do not count', () => {
    expect(afterEnd([0, 5, 10, 15, 60].map((second) => second * SECOND))).toEqual({
      kind: 'restart',
      pauseMs: 4_000,
    });
    const hourly = Array.from({ length: 100 }, (_, hour) => hour * 3_600 * SECOND);
    expect(afterEnd(hourly)).toEqual({ kind: 'restart', pauseMs: 500 });
  });

  it('the pauses leave room for five ends in a minute', () => {
    const { most, withinMs, firstPauseMs } = RESTART_POLICY;
    const pauses = Array.from({ length: most - 1 }, (_, index) => firstPauseMs * 2 ** index);
    expect(pauses.reduce((sum, pause) => sum + pause)).toBeLessThan(withinMs / 2);
  });
});
