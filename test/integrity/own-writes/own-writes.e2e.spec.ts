/**
 * Read your writes at size: a query with the position of a write shows it, or is a 503 that says why, also while the
 * projector hangs. For more than in the test run: INTEGRITY_READS=10000.
 */
import { makeTestDirectory } from '#libs/testing/servers';
import { Client, eventually, serversOfSharedSystem } from '../../e2e/system.fixture.js';
import { type AppsApart, startAppsApart } from '../apps-apart.js';
import { SeededRandom } from '../seeded-random.js';
import { queriesFor } from './fresh-queries.js';
import { type ClientsApart, OwnWritesRun } from './own-writes-run.js';
import { ProjectorPauses } from './projector-pauses.js';
import { WAITS } from './refusal.js';
import { Writer } from './writer.js';

const READS = Number(process.env.INTEGRITY_READS ?? 200);
const SEED = Number(process.env.INTEGRITY_SEED ?? 1);
const TENANTS = 6;

describe('a query with the positions of its writer, while the projector is paused and resumed', () => {
  let system: AppsApart<'commands' | 'queries' | 'projector'>;
  let first: ClientsApart | undefined;
  let tenants: ClientsApart[];
  let pauses: ProjectorPauses;

  beforeAll(async () => {
    system = await startAppsApart({
      directory: await makeTestDirectory('own-writes'),
      env: { ...(await serversOfSharedSystem()) },
      programs: { commands: 'command-api', queries: 'query-api', projector: 'projector' },
    });
    const { commands, queries, projector } = system.apps;
    const keys = await Promise.all(Array.from({ length: 1 + TENANTS }, () => system.newTenant()));
    [first, ...tenants] = keys.map((key) => ({
      commands: new Client(() => commands.url, key),
      queries: new Client(() => queries.url, key),
    }));
    pauses = new ProjectorPauses(projector);
  });
  afterAll(async () => {
    pauses?.resume();
    await system?.stop();
  });

  it('is refused as long as the projector hangs, and answered to the same positions after that', async () => {
    const { commands, queries } = first!;
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
    await run.run(tenants, READS, SEED);
    for (const line of run.lines()) process.stdout.write(`${line}\n`);
    expect(run.violations).toEqual([]);
    expect(run.refused).toBeGreaterThan(0);
  });
});
