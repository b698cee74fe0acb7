import { openWebhookTestbed } from './webhook-testbed.js';
import { webhookReport } from './webhook-report.js';
import { runWebhooks } from './webhook-run.js';

export interface RunByHand {
  readonly minutes: number;
  readonly seed: number;
  readonly dispatchers: number;
  readonly clients: number;
  /** For the dispatchers: a seeded bug, which must be found. */
  readonly bug: Readonly<Record<string, string>> | undefined;
  readonly log: (line: string) => void;
}

/** Of ten minutes; a shorter run needs less to count. */
const LEAST_KILLS = 20;
const LEAST_FAILURES = 1_000;
const MINUTES = 10;

/** `npm run integrity -- --webhooks`. @returns whether it went as it should */
export async function runWebhooksByHand({
  minutes,
  dispatchers,
  bug,
  log,
  ...more
}: RunByHand): Promise<boolean> {
  log(`seed ${more.seed}; servers and ${dispatchers} dispatchers are being started`);
  const testbed = await openWebhookTestbed(dispatchers, bug);
  log(`logs: ${testbed.directory}`);
  const share = Math.min(1, minutes / MINUTES);
  const result = await runWebhooks(testbed, {
    ...more,
    seconds: minutes * 60,
    leastKills: LEAST_KILLS * share,
    leastFailures: LEAST_FAILURES * share,
    log,
  });
  for (const line of webhookReport(result)) console.log(line);
  const wellDone = bug
    ? result.violations.length > 0
    : result.violations.length + result.voidBecause.length === 0;
  await testbed.close({ keepLogs: !wellDone });
  return wellDone;
}
