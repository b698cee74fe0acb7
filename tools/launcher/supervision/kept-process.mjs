import { setTimeout as sleep } from 'node:timers/promises';
import { LaunchFailure } from '../failure.mjs';

/**
 * @typedef {import('./supervisor.mjs').Running} Running
 *
 * @typedef {object} RestartPolicy
 * @property {number} most ends within the time, the last of them included, after which a process stays down
 * @property {number} withinMs
 * @property {number} firstPauseMs before the first restart; each further one within the time doubles it
 *
 * @typedef {object} KeptParts
 * @property {() => Promise<Running>} start resolves when it is ready, and fails when it ended before
 * @property {(running: Running) => void} ready told at each start
 * @property {(line: string) => void} say
 * @property {() => boolean} stopping
 * @property {RestartPolicy} [policy]
 */

/** @type {RestartPolicy} */
export const RESTART_POLICY = { most: 5, withinMs: 60_000, firstPauseMs: 500 };

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

/**
 * Decides whether and when to restart a process that has ended by itself.
 * @param {readonly number[]} ends times of all its ends so far, in milliseconds, oldest first; the last is the one now
 * @param {RestartPolicy} [policy]
 * @returns {{ kind: 'restart', pauseMs: number } | { kind: 'stay-down', ends: number }}
 */
export function afterEnd(ends, { most, withinMs, firstPauseMs } = RESTART_POLICY) {
  const now = ends.at(-1) ?? 0;
  const recent = ends.filter((end) => now - end < withinMs).length;
  if (recent >= most) return { kind: 'stay-down', ends: recent };
  return { kind: 'restart', pauseMs: firstPauseMs * 2 ** (Math.max(1, recent) - 1) };
}
