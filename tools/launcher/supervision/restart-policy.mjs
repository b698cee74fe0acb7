/**
 * @typedef {object} RestartPolicy
 * @property {number} most ends within the time, the last of them included, after which a process stays down
 * @property {number} withinMs
 * @property {number} firstPauseMs before the first restart; each further one within the time doubles it
 */

/** @type {RestartPolicy} */
export const RESTART_POLICY = { most: 5, withinMs: 60_000, firstPauseMs: 500 };

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
