import { setTimeout as sleep } from 'node:timers/promises';
import { LaunchFailure } from '../failure.mjs';
import { listensOn } from '../supervision/listening.mjs';

const POLL_MS = 100;
/** On a busy machine everything takes long. What cannot start ends by itself, and is told at once. */
const READY_SECONDS = 240;

/**
 * Waits until a started server answers. If it ends or takes too long, stops it and fails with the end of its log. Another
 * process that answers on the port, such as the same server of another checkout, does not count.
 * @param {import('../supervision/supervisor.mjs').Running} server
 * @param {object} how
 * @param {number} how.port
 * @param {() => Promise<boolean>} how.answers
 * @param {number} [how.seconds]
 */
export async function untilReady(server, { port, answers, seconds = READY_SECONDS }) {
  const deadline = performance.now() + seconds * 1000;
  /** @type {string | undefined} */
  let ended;
  void server.exited.then((how) => {
    ended = how;
  });
  for (;;) {
    const isAnswered = await answers().catch(() => false);
    if (ended)
      throw new LaunchFailure(`${server.name} ended before it was ready (${ended}).`, server.logFile);
    if (isAnswered && listensOn(server.pid, port) !== false) return;
    if (performance.now() > deadline) {
      await server.stop('SIGKILL');
      throw new LaunchFailure(`${server.name} was not ready within ${seconds} s.`, server.logFile);
    }
    await sleep(POLL_MS);
  }
}
