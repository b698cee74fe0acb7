import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Marked specs of the whole system run beside those that share the servers of the run. */
const MARK = '@own-servers';
/** Imports that lead to the shared brokers, or to an app on them. */
const SHARED = ['sharedSystem', 'serversOfSharedSystem', 'sharedServers', 'KAFKA_BROKERS: testSettings'];
const ALL = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:e2e|slow)\.spec\.ts$/.test(file))
  .map((file) => [file, readFileSync(join(import.meta.dirname, file), 'utf8')] as const);

describe('the lanes of the test run', () => {
  it('hold every spec of the whole system', () => {
    const isMarked = ([, source]: readonly [string, string]) => source.includes(MARK);
    expect(ALL.filter(isMarked).length).toBeGreaterThan(3);
    expect(ALL.filter((each) => !isMarked(each)).length).toBeGreaterThan(3);
  });

  it.each(ALL.filter(([, source]) => source.includes(MARK)))(
    'keep %s off the shared servers',
    (_, source) => {
      expect(SHARED.filter((name) => source.includes(name))).toEqual([]);
      // The runner looks for the mark in the first comment.
      expect(source.slice(0, source.indexOf('*/'))).toContain(MARK);
    },
  );
});
