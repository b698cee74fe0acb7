import { setTimeout as sleep } from 'node:timers/promises';
import { LaunchFailure } from '../failure.mjs';

const POLL_MS = 100;

/**
 * Waits until a started server answers. If it ends or takes too long, stops it and fails with the end of its log.
 * @param {import('../supervision/supervisor.mjs').Running} server
 * @param {() => Promise<boolean>} answers
 * @param {number} seconds
 */
export async function untilReady(server, answers, seconds) {
  const deadline = performance.now() + seconds * 1000;
  /** @type {string | undefined} */
  let ended;
  void server.exited.then((how) => {
    ended = how;
  });
  while (!(await answers().catch(() => false))) {
    if (ended)
      throw new LaunchFailure(`${server.name} ended before it was ready (${ended}).`, server.logFile);
    if (performance.now() > deadline) {
      await server.stop('SIGKILL');
      throw new LaunchFailure(`${server.name} was not ready within ${seconds} s.`, server.logFile);
    }
    await sleep(POLL_MS);
  }
}
