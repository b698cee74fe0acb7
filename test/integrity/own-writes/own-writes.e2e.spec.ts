/**
 * Read your writes: a query with the position of a write shows it, or is a 503 that says why, also while the projector
 * hangs. For longer: `npm run integrity -- --own-writes --reads 10000`.
 */
import { makeTestDirectory } from '#libs/testing';
import { SeededRandom } from '#libs/kernel';
import { eventually, serversOfSharedSystem } from '../../e2e/system.fixture.js';
import { say } from '../report.js';
import { type AppsTestbed, openAppsTestbed } from '../testbed.js';
import { queriesFor } from './fresh-queries.js';
import { ProjectorPauses } from './projector-pauses.js';
import { OwnWritesRun } from './own-writes-run.js';
import { WAITS } from './refusal.js';
import { Writer } from './writer.js';

const TENANTS = 7;
const READS = 200;
const SEED = 1;

describe('a query with the positions of its writer, while the projector is paused and resumed', () => {
  let testbed: AppsTestbed;
  let pauses: ProjectorPauses;

  beforeAll(async () => {
    const directory = await makeTestDirectory('own-writes');
    testbed = await openAppsTestbed({ directory, env: await serversOfSharedSystem() }, TENANTS);
    pauses = new ProjectorPauses(testbed.projector);
  });
  afterAll(() => testbed?.close());

  it('is refused as long as the projector hangs, and answered to the same positions after that', async () => {
    const { commands, queries } = testbed.clients[0];
    const run = new OwnWritesRun(pauses);
    const writer = new Writer(commands, new SeededRandom(SEED));
    pauses.pause();
    const write = await writer.create();
    const all = queriesFor(writer, write);
    // Without its position the write is not seen: that is what it is for.
    expect((await queries.get(all[0]!.path)).status).toBe(404);
    const reads = all.map((query, index) => run.read(queries, query, WAITS[index % WAITS.length]!));
    // Each is refused while the projector still hangs: nothing but the end of its wait can have answered it.
    await eventually(() => expect([run.refused, run.violations]).toEqual([all.length, []]));
    pauses.resume();
    await Promise.all(reads);
    expect(run.violations).toEqual([]);
  });

  it('is never answered with something older', async () => {
    const run = new OwnWritesRun(pauses);
    // A writer has to know of all that its tenant has written, and the first has written already.
    const [, ...fresh] = testbed.clients;
    await run.run(fresh, READS, SEED);
    for (const line of run.lines()) say(line);
    expect(run.violations).toEqual([]);
    expect(run.refused).toBeGreaterThan(0);
  });
});
