/**
 * Promises 1 to 4 of the architecture, under faults. What is guaranteed: the order of each stream's versions, and that a
 * command sent after another one's answer comes after it in their stream. What is not: any order between streams.
 * For longer: `npm run integrity -- --minutes 10`.
 *
 * @own-servers
 */
import { runIntegrity } from './integrity-run.js';
import { type Testbed, openTestbed } from './testbed.js';
import { restartUnderLoad } from './planned-restart.js';
import { reportLines, say } from './report.js';

const INSTANCES = 3;
/** Rounds rather than time, so that even a slow machine inflicts each kind of fault. */
const FAULTY = { rounds: 1 };
/** A command that a busy machine leaves without an answer for seconds fails too: a fault of ours comes again. */
const TRIES = 3;
const SEED = Number(process.env.INTEGRITY_SEED ?? 1);

describe('three instances on three brokers', () => {
  let testbed: Testbed;
  let passed = 0;

  beforeAll(async () => {
    testbed = await openTestbed(INSTANCES);
  });

  afterAll(async () => {
    const keepLogs = passed < 2;
    if (keepLogs) say(`logs: ${testbed?.servers.directory}`);
    await testbed?.close({ keepLogs });
  });

  it('take every command while one instance is restarted in order', async () => {
    const tries: unknown[][] = [];
    do {
      const { commands, notAccepted, longestMs, medianMs } = await restartUnderLoad(testbed, 1);
      say(`planned restart: ${commands} commands, longest ${longestMs} ms, median ${medianMs} ms`);
      tries.push(notAccepted.map(({ outcome }) => outcome));
    } while (tries.at(-1)!.length > 0 && tries.length < TRIES);
    expect(tries).toContainEqual([]);
    passed++;
  });

  it('keep every promise while instances and brokers are killed, frozen and cut off', async () => {
    const options = { seed: SEED, faulty: FAULTY, clients: 24, keys: true, batches: true };
    const result = await runIntegrity(testbed, { ...options, log: say });
    for (const line of reportLines(result, '1 to 4')) say(line);
    expect(result.violations).toEqual([]);
    expect(result.voidBecause).toEqual([]);
    passed++;
  });
});
