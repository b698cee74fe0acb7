import { writeFileSync } from 'node:fs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites' | 'numPendingTests' | 'numTodoTests'} Counted
 */

/** Stands beside Jest's own reporter, and leaves the counts of the whole run where the launcher asks for them. */
export default class CountReporter {
  /**
   * @param {unknown} _contexts
   * @param {Record<Counted, number>} results
   */
  onRunComplete(_contexts, results) {
    /** @type {Counts} */
    const counts = {
      passed: results.numPassedTests,
      // A file that could not be run may hide any number of failures: it counts as one.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    writeFileSync(process.env.ORDERSTREAM_TEST_COUNTS ?? '', JSON.stringify(counts));
  }
}
