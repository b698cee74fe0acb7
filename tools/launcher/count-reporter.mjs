import { writeFileSync } from 'node:fs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites' | 'numPendingTests' | 'numTodoTests'} Counted
 */

/** Writes the counts of the whole run to the file that the launcher names, beside Jest's own reporter. */
export default class CountReporter {
  /**
   * @param {unknown} _contexts
   * @param {Record<Counted, number>} results
   */
  onRunComplete(_contexts, results) {
    /** @type {Counts} */
    const counts = {
      passed: results.numPassedTests,
      // A spec file that cannot run counts as one failure.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    writeFileSync(process.env.ORDERSTREAM_TEST_COUNTS ?? '', JSON.stringify(counts));
  }
}
