/**
 * Promises 8 and 9 under faults: an order is confirmed or cancelled, stock and money add up, customers are told once.
 * For longer, and with seeded bugs: `npm run integrity -- --fulfilment --minutes 5 --bug lost-answer`.
 *
 * @own-servers
 */
import { reportLines, say } from '../report.js';
import type { FulfilmentFault } from './fulfilment-faults.js';
import { runFulfilment } from './fulfilment-run.js';
import { type FulfilmentTestbed, openFulfilmentTestbed } from './fulfilment-testbed.js';

const SECONDS = 40;
const SEED = Number(process.env.INTEGRITY_SEED ?? 1);
const FAULTS: readonly FulfilmentFault[] = [
  'gateway-loses-answers',
  'smtp-drops-mails',
  'kill-process-manager',
  'kill-postgres',
];

describe('a shop', () => {
  let testbed: FulfilmentTestbed;
  let passed = false;

  beforeAll(async () => {
    testbed = await openFulfilmentTestbed();
  });

  afterAll(async () => {
    if (!passed) say(`logs: ${testbed?.directory}`);
    await testbed?.close({ keepLogs: !passed });
  });

  it('does every order once, while its workers and servers fail, and then lose all tables', async () => {
    const options = {
      seed: SEED,
      seconds: SECONDS,
      customers: 4,
      faults: FAULTS,
      losesTables: true,
      log: say,
    };
    const result = await runFulfilment(testbed, options);
    for (const line of reportLines(result, '8 and 9')) say(line);
    expect(result.violations).toEqual([]);
    expect(result.voidBecause).toEqual([]);
    passed = true;
  });
});
