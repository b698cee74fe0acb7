import type { Plugin } from 'fast-check';

export interface Budget {
  /** For all runs of one property, in milliseconds. */
  readonly budgetMs: number;
  /** Runs that always take place, however long they take. */
  readonly leastRuns: number;
  /** In milliseconds. */
  readonly now: () => number;
}

/** A fast-check plugin that ends a property between two runs once its budget is spent. */
export function timeBudget<Ts>(budget: Budget): Plugin<Ts>;
