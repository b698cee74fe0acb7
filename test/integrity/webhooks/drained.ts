import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { owedTo } from './checks/owed.js';
import { type Violation, violation } from '../violation.js';
import type { Feed, LogEvidence } from './evidence.js';
import type { SubscriberLife } from './subscriber-life.js';

/** So long nothing new comes, once all is healed, before it counts as lost. */
const STALLED_MS = 120_000;
const LOOK_EVERY_MS = 1_000;

/** Waits until all subscribers have everything, for as long as more of it comes. */
export async function drained(known: LogEvidence, life: SubscriberLife): Promise<Violation[]> {
  const missingFor = (feed: Feed): number => {
    const taken = new Set(feed.receipts.filter((receipt) => receipt.taken).flatMap(({ ids }) => ids));
    return [...owedTo(feed, known).events.keys()].filter((id) => !taken.has(id)).length;
  };
  const redrive = (): Promise<void> => life.redrive();
  // One at a time: to look takes as long as it takes many requests to be answered.
  for (const subscriber of life.subscribers) {
    const missing = (): number => subscriber.feeds().reduce((sum, feed) => sum + missingFor(feed), 0);
    const left = await untilNoneIsLeft(missing, redrive);
    if (left > 0) return stalled(`${subscriber.plan.name} misses ${left}`);
  }
  const running = async (): Promise<number> => ((await life.replaysEnded()) ? 0 : 1);
  return (await untilNoneIsLeft(running, redrive)) > 0 ? stalled('a replay has not ended') : [];
}

/** @returns what is left, when it does not become less any more */
async function untilNoneIsLeft(
  count: () => number | Promise<number>,
  meanwhile: () => Promise<void>,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;
  for (;;) {
    await setImmediate();
    const left = await count();
    if (left === 0) return 0;
    if (left < least) end = performance.now() + STALLED_MS;
    else if (performance.now() > end) return left;
    least = left;
    await meanwhile();
    await sleep(LOOK_EVERY_MS);
  }
}

const stalled = (what: string): Violation[] => [
  violation('stalled', `nothing more comes for ${STALLED_MS / 1_000} s: ${what}`),
];
