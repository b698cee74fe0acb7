import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const INTERVAL_MICROS = 500;

/** V8's profiler of this process. */
export async function openProfiler() {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROS });
  return {
    start: () => session.post('Profiler.start'),
    /** Writes what it saw, so that nobody reads half of it. @param {string} file */
    finish: async (file) => {
      const { profile } = await session.post('Profiler.stop');
      writeFileSync(`${file}.partial`, JSON.stringify(profile));
      renameSync(`${file}.partial`, file);
    },
  };
}
