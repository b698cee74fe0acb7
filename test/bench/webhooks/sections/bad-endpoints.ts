import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../outcome.js';
import type { Subscriptions } from '../subscriptions.js';
import { liveRun } from './live.js';

const OTHERS = 10;
const PER_SECOND = 20;
const SLOW_MS = 5_000;
/** Nobody listens at it. */
const DEAD = 'http://127.0.0.1:9/';
const TIMEOUT_MS = 6_000;

export const ALONE = `${OTHERS} good endpoints`;
export const BESIDE_BAD = `${OTHERS} good endpoints, beside a dead, a slow and a silent one`;

const load = { way: 'paced', perSecond: PER_SECOND } as const;

export const badEndpoints: readonly Contestant[] = [
  {
    section: 'bad-endpoints',
    name: ALONE,
    against: [],
    run: (ground) => liveRun(ground, { endpoints: OTHERS, load }),
  },
  {
    section: 'bad-endpoints',
    name: BESIDE_BAD,
    against: [],
    run: async (ground) => {
      const [url = ''] = await ground.endpoints(1);
      const bad = [DEAD, `${url}slow/${SLOW_MS}`, `${url}hang`];
      const retry = { maxAttempts: 100, initialDelayMs: 100, maxDelayMs: 5_000, timeoutMs: TIMEOUT_MS };
      const beside = (subscriptions: Subscriptions) => subscriptions.make(bad, { retry });
      const run = await liveRun(ground, { endpoints: OTHERS, load, beside, failures: true });
      // Requests to the bad endpoints must not burden the next contestant.
      await sleep(TIMEOUT_MS);
      return run;
    },
  },
];
