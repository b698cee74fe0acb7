import fc from 'fast-check';

/** @typedef {object} Budget
 * @property {number} budgetMs for all runs of one property
 * @property {number} leastRuns runs that always take place
 * @property {() => number} now in milliseconds
 */

/**
 * A fast-check plugin that ends a property once its budget is spent. It ends between two runs, because an interrupted run
 * would continue during the next test.
 * @param {Budget} budget
 */
export const timeBudget =
  ({ budgetMs, leastRuns, now }) =>
  () => {
    const end = now() + budgetMs;
    let runs = 0;
    return {
      decorateRun: (run) => (value) =>
        runs++ >= leastRuns && now() > end ? new fc.PreconditionFailure(true) : run(value),
    };
  };
