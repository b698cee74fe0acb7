/**
 * A rebuild while everything goes on, and nobody notices: no query fails, and none shows less than before. With a
 * million events, and on servers of its own: `npm run integrity -- --rebuild --events 1000000`.
 */
import { makeDatabase, makeTestDirectory, type TestDatabase } from '#libs/testing/servers';
import { sharedServers } from '../../e2e/system.fixture.js';
import { openRebuildLaboratory, type OpenRebuildLaboratory } from './rebuild-laboratory.js';
import { rebuildUnderLoad } from './rebuild-run.js';

const EVENTS = 20_000;

describe('read models', () => {
  let database: TestDatabase;
  let laboratory: OpenRebuildLaboratory;

  beforeAll(async () => {
    database = await makeDatabase();
    const directory = await makeTestDirectory('rebuild');
    laboratory = await openRebuildLaboratory(directory, { ...sharedServers(database.url) });
  }, 120_000);
  afterAll(async () => {
    await laboratory?.close();
    await database?.drop();
  }, 60_000);

  it('are rebuilt by command, while they are written and read', async () => {
    const log = (line: string): void => void process.stdout.write(`${line}\n`);
    const projections = ['orders', 'order-statistics'];
    expect(await rebuildUnderLoad(laboratory, { events: EVENTS, projections, log })).toEqual([]);
  }, 300_000);
});
