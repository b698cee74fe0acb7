import { setTimeout as sleep } from 'node:timers/promises';
import { LaunchFailure } from '../failure.mjs';
import { afterEnd, RESTART_POLICY } from './restart-policy.mjs';

/**
 * @typedef {import('./supervisor.mjs').Running} Running
 *
 * @typedef {object} KeptParts
 * @property {() => Promise<Running>} start resolves when it is ready, and fails when it ended before
 * @property {(running: Running) => void} ready told at each start
 * @property {(line: string) => void} say
 * @property {() => boolean} stopping
 * @property {import('./restart-policy.mjs').RestartPolicy} [policy]
 */

/**
 * A process that is restarted, after growing pauses, each time it ends by itself, until it ends too often. Its first start
 * must succeed: retrying would not fix what is wrong then.
 *
 * @param {KeptParts} parts
 * @returns {Promise<{ running: Running, down: Promise<LaunchFailure> }>} `down` tells that it stays down, and why
 */
export async function keepRunning(parts) {
  const running = await parts.start();
  parts.ready(running);
  return { running, down: keep(running, parts) };
}

/**
 * @param {Running} first
 * @param {KeptParts} parts
 * @returns {Promise<LaunchFailure>}
 */
async function keep(first, { start, ready, say, stopping, policy = RESTART_POLICY }) {
  /** @type {number[]} */
  const ends = [];
  let failure = await first.lost;
  for (;;) {
    ends.push(performance.now());
    const next = afterEnd(ends, policy);
    if (next.kind === 'stay-down') {
      const seconds = policy.withinMs / 1000;
      const why = `That was the end number ${next.ends} within ${seconds} s: it stays down.`;
      return new LaunchFailure(`${failure.message} ${why}`, failure.logFile);
    }
    say(
      `${failure.message} It is started again in ${next.pauseMs / 1000} s. Log: ${failure.logFile ?? 'above'}`,
    );
    await sleep(next.pauseMs);
    // Nobody awaits this result.
    if (stopping()) return new Promise(() => {});
    try {
      const running = await start();
      ready(running);
      say(`${running.name} runs again (process ${running.pid}).`);
      failure = await running.lost;
    } catch (error) {
      failure = asFailure(error);
    }
    if (stopping()) return new Promise(() => {});
  }
}

/** @param {unknown} error */
const asFailure = (error) =>
  error instanceof LaunchFailure
    ? error
    : new LaunchFailure(error instanceof Error ? error.message : String(error));
