/**
 * A rebuild while everything goes on, and nobody notices: no query fails, and none shows less than before. With a
 * million events, and on servers of its own: `npm run integrity -- --rebuild --events 1000000`.
 */
import { makeTestDirectory } from '#libs/testing';
import { serversOfSharedSystem } from '../../e2e/system.fixture.js';
import { say } from '../report.js';
import { type AppsTestbed, openAppsTestbed } from '../testbed.js';
import { rebuildUnderLoad } from './rebuild-run.js';

const EVENTS = 6_000;

describe('read models', () => {
  let testbed: AppsTestbed;

  beforeAll(async () => {
    const directory = await makeTestDirectory('rebuild');
    testbed = await openAppsTestbed({ directory, env: await serversOfSharedSystem() });
  });
  afterAll(async () => {
    await testbed?.close();
  });

  it('are rebuilt by command, while they are written and read', async () => {
    const projections = ['orders', 'order-statistics'];
    expect(await rebuildUnderLoad(testbed, { events: EVENTS, projections, log: say })).toEqual([]);
  });
});
