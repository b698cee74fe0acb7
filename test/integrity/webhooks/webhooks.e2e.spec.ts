/**
 * Promises 7 and 8 under faults. What is guaranteed: the order of each lane, whatever receivers answer and dispatchers
 * suffer. What is not: any order between lanes.
 * For longer: `npm run integrity -- --webhooks --minutes 10`.
 *
 * @own-servers
 */
import { openWebhookTestbed, type WebhookTestbed } from '../testbed.js';
import { reportLines, say } from '../report.js';
import { runWebhooks } from './webhook-run.js';

const DISPATCHERS = 2;
const SECONDS = 15;
const SEED = Number(process.env.INTEGRITY_SEED ?? 1);

describe('two dispatchers, and subscribers that fail', () => {
  let testbed: WebhookTestbed;
  let passed = false;

  beforeAll(async () => {
    testbed = await openWebhookTestbed(DISPATCHERS);
  });

  afterAll(async () => {
    if (!passed) say(`logs: ${testbed?.servers.directory}`);
    await testbed?.close({ keepLogs: !passed });
  });

  it('lose nothing, and keep every lane in order, while they and their servers are killed and frozen', async () => {
    const options = { seed: SEED, seconds: SECONDS, clients: 4, leastKills: 2, leastFailures: 40, log: say };
    const result = await runWebhooks(testbed, options);
    for (const line of reportLines(result, '7 and 8')) say(line);
    expect(result.violations).toEqual([]);
    expect(result.voidBecause).toEqual([]);
    passed = true;
  });
});
