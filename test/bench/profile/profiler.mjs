/**
 * Loaded before the product (`node --import`): a first SIGWINCH starts V8's profiler, a second one writes what it saw.
 * Nest takes the signals meant for such things as requests to stop. `--cpu-prof` would count the start, and writes
 * nothing when a signal ends the process.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const INTERVAL_MICROS = 500;

const file = process.env.BENCH_PROFILE;
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROS });

let running = false;
process.on('SIGWINCH', () => void (running ? finish() : begin()));

async function begin() {
  running = true;
  await session.post('Profiler.start');
}

async function finish() {
  running = false;
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(`${file}.partial`, JSON.stringify(profile));
  renameSync(`${file}.partial`, file);
}
