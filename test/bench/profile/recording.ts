import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const INTERVAL_MICROS = 500;

/** Runs the work under V8's profiler when a file is given for what it sees. */
export async function recorded<Result>(
  file: string | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!file) return work();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROS });
  await session.post('Profiler.start');
  const result = await work();
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(file, JSON.stringify(profile));
  return result;
}
