import fc from 'fast-check';
import { timeBudget } from './time-budget.mjs';

/** For each property. `PROPERTY_SECONDS=600` leaves slow ones the time for all their runs. */
const { PROPERTY_SECONDS, SIMULATIONS } = process.env;
const BUDGET_MS = Number(PROPERTY_SECONDS ?? (SIMULATIONS ? 3_600 : 10)) * 1_000;
const LEAST_RUNS = 5;
/** Several properties in a test, and the last run of each. */
const SLACK = 20;

// The clock is taken before any test replaces it.
const now = performance.now.bind(performance);
fc.installGlobalPlugin(timeBudget({ budgetMs: BUDGET_MS, leastRuns: LEAST_RUNS, now }));

import.meta.jest.setTimeout(SLACK * BUDGET_MS);
