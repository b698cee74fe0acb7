import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/kernel';
import { percentile } from '../bench/report/statistics.js';
import type { Attempt, OrderRequest } from './history.js';
import type { Testbed } from './testbed.js';

const CLIENTS = 12;
const PAUSE_MS = 20;
const CALM_MS = 3_000;

interface PlannedRestart {
  readonly commands: number;
  /** Every command is sent once: what is in here, a client would have had to send again. */
  readonly notAccepted: readonly Attempt[];
  /** The longest that a client waited for one answer. */
  readonly longestMs: number;
  readonly medianMs: number;
}

/**
 * Restarts one instance in order, under load. As with any rolling restart, nobody sends it new commands from just
 * before its stop until it is ready again: what is measured is how its partitions change hands, twice.
 */
export async function restartUnderLoad(
  { instances, client, history }: Testbed,
  restarted: number,
): Promise<PlannedRestart> {
  const isUp = instances.map(() => true);
  const attempts: Attempt[] = [];
  let stopped = false;
  let markers = 0;

  async function live(random: SeededRandom): Promise<void> {
    while (!stopped) {
      const instance = random.pick([...isUp.keys()].filter((index) => isUp[index]));
      const marker = `planned-restart-${++markers}`;
      const request: OrderRequest = { kind: 'create', status: 'created', marker };
      const startedAt = performance.now();
      const { outcome } = await client.send(instance, request);
      const endedAt = performance.now();
      const operation = history.newOperation();
      const attempt: Attempt = { operation, request, instance, via: 'single', startedAt, endedAt, outcome };
      attempts.push(attempt);
      history.record(attempt);
      await sleep(PAUSE_MS);
    }
  }

  const clients = Array.from({ length: CLIENTS }, (_, index) => live(new SeededRandom(index)));
  await sleep(CALM_MS);
  isUp[restarted] = false;
  await instances[restarted]?.restart('SIGTERM');
  isUp[restarted] = true;
  await sleep(CALM_MS);
  stopped = true;
  await Promise.all(clients);

  const times = attempts.map(({ startedAt, endedAt }) => endedAt - startedAt).toSorted((a, b) => a - b);
  return {
    commands: attempts.length,
    notAccepted: attempts.filter(({ outcome }) => outcome.kind !== 'accepted'),
    longestMs: Math.round(percentile(times, 1)),
    medianMs: Math.round(percentile(times, 0.5)),
  };
}
