/**
 * An export that is killed again and again loses no row, and doubles none. With a million events, and on servers of its own:
 * `npm run integrity -- --export --events 1000000`.
 */
import { makeTestDirectory } from '#libs/testing';
import { serversOfSharedSystem } from '../../e2e/system.fixture.js';
import { say } from '../report.js';
import { type AppsTestbed, openAppsTestbed } from '../testbed.js';
import { exportUnderKills } from './export-run.js';

const [EVENTS, MORE] = [8_000, 1_000];

describe('an export', () => {
  let testbed: AppsTestbed;

  beforeAll(async () => {
    const directory = await makeTestDirectory('export');
    testbed = await openAppsTestbed({ directory, env: await serversOfSharedSystem() });
  });
  afterAll(async () => {
    await testbed?.close();
  });

  it('is whole, however often it was killed', async () => {
    const run = { events: EVENTS, kills: 3, more: MORE, segmentMb: 0.3, log: say };
    expect(await exportUnderKills(testbed, run)).toEqual([]);
  });
});
