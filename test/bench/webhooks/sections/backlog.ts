import { setTimeout as sleep } from 'node:timers/promises';
import { residentMib } from '../../measuring/processes.js';
import { whole } from '../../report/table.js';
import type { Ground } from '../ground.js';
import type { Options } from '../options.js';
import type { Contestant, Run } from '../outcome.js';
import { fill } from './catch-up.js';

const CALM_MS = 3_000;
const SILENT = 5;
const RETRY = { maxAttempts: 100, initialDelayMs: 1_000, maxDelayMs: 2_000, timeoutMs: 2_000 };

const withBacklog = (events: number): string => `${SILENT} silent endpoints, ${whole(events)} events each`;

async function behindSilence(ground: Ground, events: number): Promise<Run> {
  const subscriptions = await ground.subscriptions('silent');
  const [url = ''] = await ground.endpoints(1);
  const { pid } = ground.deployment().dispatcher;
  try {
    await subscriptions.make(
      Array.from({ length: SILENT }, () => `${url}hang`),
      { retry: RETRY },
    );
    await sleep(CALM_MS);
    const before = residentMib(pid) ?? Number.NaN;
    const { result, consumption } = await ground.watched(async () => {
      const notFilled = await fill(ground, 'silent', events);
      await sleep(ground.options.seconds * 1_000);
      return notFilled;
    });
    const after = residentMib(pid) ?? Number.NaN;
    return {
      peakMib: consumption.peakMib,
      note: `${whole(before)} MiB before, ${whole(after)} MiB ${ground.options.seconds} s after the last order`,
      void: result,
    };
  } finally {
    await subscriptions.deleteAll();
  }
}

export const backlog = ({ backlog: events }: Options): readonly Contestant[] => [
  {
    section: 'backlog',
    name: withBacklog(events),
    against: [],
    separate: true,
    fresh: true,
    once: true,
    run: (ground) => behindSilence(ground, events),
  },
];
