import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryWatch } from '../../measuring/processes.js';
import type { Ground } from '../ground.js';
import type { Options } from '../options.js';
import type { Contestant, Run } from '../outcome.js';
import { whole } from '../../report/table.js';
import { liveRun } from './live.js';

const PER_SECOND = 20;
const MATCHING = 10;
/** Orders have nothing of it. */
const NEVER = ['stock.adjusted'];
/** For garbage to go, and for what subscriptions do in the beginning. */
const CALM_MS = 3_000;

export const among = (count: number): string =>
  `${MATCHING} of ${whole(count)} match, ${PER_SECOND} orders/s`;
export const memoryAt = (count: number): string => `memory at ${whole(count)} subscriptions`;

/** None of them is ever called: one URL does. */
const others = (count: number): string[] => Array.from({ length: count }, () => 'http://127.0.0.1:9/never');

async function memory(ground: Ground, count: number): Promise<Run> {
  const subscriptions = await ground.subscriptions('memory');
  try {
    await subscriptions.make(others(count), { eventTypes: NEVER });
    await sleep(CALM_MS);
    const watch = new MemoryWatch(ground.deployment().dispatcher.pid);
    await sleep(CALM_MS);
    return { peakMib: watch.stop() };
  } finally {
    await subscriptions.deleteAll();
  }
}

export const many = ({ subscriptions }: Options): readonly Contestant[] => {
  const largest = subscriptions.at(-1) ?? 1;
  return [
    ...[MATCHING, largest].map(
      (count): Contestant => ({
        section: 'many',
        name: among(count),
        against: [],
        separate: true,
        once: true,
        run: (ground) =>
          liveRun(ground, {
            endpoints: MATCHING,
            load: { way: 'paced', perSecond: PER_SECOND },
            beside: (made) => made.make(others(count - MATCHING), { eventTypes: NEVER }),
          }),
      }),
    ),
    ...subscriptions.map(
      (count): Contestant => ({
        section: 'many',
        name: memoryAt(count),
        against: [],
        separate: true,
        fresh: true,
        once: true,
        run: (ground) => memory(ground, count),
      }),
    ),
  ];
};
