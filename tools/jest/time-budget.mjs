import fc from 'fast-check';

/** @typedef {object} Budget
 * @property {number} budgetMs for all runs of one property
 * @property {number} leastRuns however long they take
 * @property {() => number} now in milliseconds
 */

/**
 * A plugin of fast-check that ends a property in time. It does so between two runs: one that is broken off would go on
 * behind the back of the next test.
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
