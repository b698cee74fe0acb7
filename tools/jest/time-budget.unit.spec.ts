import fc from 'fast-check';
import { timeBudget } from './time-budget.mjs';

describe('a property with a budget of time', () => {
  let clock: number;
  let runs: number;

  function assertSlowly(msOfRun: number, holds: (run: number) => boolean = () => true): void {
    clock = 0;
    runs = 0;
    const plugin = timeBudget({ budgetMs: 1_000, leastRuns: 5, now: () => clock });
    fc.assert(
      fc.property(fc.nat(), () => {
        clock += msOfRun;
        return holds(++runs);
      }),
      { numRuns: 100, plugins: [plugin] },
    );
  }

  it('has all its runs where there is time', () => {
    assertSlowly(10);
    expect(runs).toBe(100);
  });

  it('ends when the time is over', () => {
    assertSlowly(100);
    expect(runs).toBe(11);
  });

  it('is tried a few times however slow it is', () => {
    assertSlowly(10_000);
    expect(runs).toBe(5);
  });

  it.each([10, 100, 10_000])('fails as any other when a run does, at %i ms each', (msOfRun) => {
    expect(() => assertSlowly(msOfRun, (run) => run !== 4)).toThrow('Property failed after');
  });
});
