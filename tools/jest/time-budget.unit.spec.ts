import fc from 'fast-check';
import { timeBudget } from './time-budget.mjs';

describe('a property with a time budget', () => {
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

  it('completes all its runs within the budget', () => {
    assertSlowly(10);
    expect(runs).toBe(100);
  });

  it('ends when the budget is used up', () => {
    assertSlowly(100);
    expect(runs).toBe(11);
  });

  it('has a minimum of runs, however slow they are', () => {
    assertSlowly(10_000);
    expect(runs).toBe(5);
  });

  it.each([10, 100, 10_000])('fails if a run fails, at %i ms each', (msOfRun) => {
    expect(() => assertSlowly(msOfRun, (run) => run !== 4)).toThrow('Property failed after');
  });
});
