import { systemClock } from '#libs/kernel';
import { RebuildProgress, type RebuildStatus } from './rebuild-progress.js';

describe('the progress of a rebuild', () => {
  let now = 0;
  let told: RebuildStatus[] = [];
  let progress: RebuildProgress;
  beforeEach(() => {
    now = 0;
    told = [];
    progress = new RebuildProgress((standing) => told.push(standing), {
      ...systemClock,
      monotonic: () => now,
    });
  });
  const wait = (ms: number) => {
    now += ms;
  };

  it('tells what is left by the rate of late, and what comes after the last event', () => {
    progress.begin(0, 1_000);
    wait(1_000);
    progress.add(500);
    expect(told.at(-1)).toMatchObject({ done: 500, total: 1_000, rate: 500, leftMs: 1_240 });
  });

  it('knows nothing of the rate by what an earlier run has done', () => {
    progress.begin(700, 1_000);
    expect(told.at(-1)).toEqual({ done: 700, total: 1_000, rate: 0, leftMs: undefined });
  });

  it('is as far from the end as before when something unforeseen was done', () => {
    progress.begin(0, 1_000);
    wait(1_000);
    progress.add(500);
    wait(1_000);
    progress.addUnplanned(500);
    expect(told.at(-1)).toMatchObject({ done: 1_000, total: 1_500, rate: 500 });
  });

  it('always shows the last event, however soon it comes', () => {
    progress.begin(0, 10);
    progress.add(9);
    progress.add(1);
    expect(told.at(-1)).toMatchObject({ done: 10, total: 10 });
  });
});
