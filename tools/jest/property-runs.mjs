import fc from 'fast-check';
import { timeBudget } from './time-budget.mjs';

/** The time budget of each property. `PROPERTY_SECONDS=600` gives slow ones time for all their runs. */
const { PROPERTY_SECONDS, SIMULATIONS } = process.env;
const BUDGET_MS = Number(PROPERTY_SECONDS ?? (SIMULATIONS ? 3_600 : 10)) * 1_000;
const LEAST_RUNS = 5;
/** A test may have several properties, and the last run of each may take long. */
const SLACK = 20;

// Bound before a test can replace the clock.
const now = performance.now.bind(performance);
fc.installGlobalPlugin(timeBudget({ budgetMs: BUDGET_MS, leastRuns: LEAST_RUNS, now }));

import.meta.jest.setTimeout(SLACK * BUDGET_MS);
