import type { Plugin } from 'fast-check';

export interface Budget {
  /** For all runs of one property. */
  readonly budgetMs: number;
  /** However long they take. */
  readonly leastRuns: number;
  /** In milliseconds. */
  readonly now: () => number;
}

/** A plugin of fast-check that ends a property in time, between two of its runs. */
export function timeBudget<Ts>(budget: Budget): Plugin<Ts>;
