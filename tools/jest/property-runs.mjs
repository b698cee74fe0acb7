import fc from 'fast-check';

/** For each property, as long as it holds. `PROPERTY_SECONDS=600` looks longer where there is more to look at. */
const BUDGET_MS = Number(process.env.PROPERTY_SECONDS ?? 10) * 1_000;
/** However slow the machine is. */
const LEAST_RUNS = 5;
/** Several properties in a test, and the last run of each. */
const SLACK = 20;

// Taken before any test replaces the clock.
const now = performance.now.bind(performance);

/** Ends between two runs: one that is broken off goes on behind the back of the next test. */
fc.installGlobalPlugin(() => {
  const end = now() + BUDGET_MS;
  let runs = 0;
  return {
    decorateRun: (run) => (value) =>
      runs++ >= LEAST_RUNS && now() > end ? new fc.PreconditionFailure(true) : run(value),
  };
});

import.meta.jest.setTimeout(SLACK * BUDGET_MS);
