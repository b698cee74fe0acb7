/**
 * Loaded before the product (`node --import`): each SIGWINCH writes how often each function was called since the last
 * one. Nest takes the signals meant for such things as requests to stop.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { isMainThread } from 'node:worker_threads';

const file = process.env.CALL_COUNTS_FILE;

if (isMainThread && file) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  // Without `detailed`, functions are counted and not their blocks.
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  process.on('SIGWINCH', () => void write(session, file));
}

/**
 * @param {Session} session
 * @param {string} to
 */
async function write(session, to) {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const ours = result.filter(({ url }) => url.startsWith('file:') && !url.includes('/node_modules/'));
  writeFileSync(`${to}.partial`, JSON.stringify(ours));
  renameSync(`${to}.partial`, to);
}
