/**
 * Loaded before the product (`node --import`): a first SIGWINCH starts V8's profiler, a second one writes what it saw.
 * Nest takes the signals meant for such things as requests to stop. `--cpu-prof` would count the start, and writes
 * nothing when a signal ends the process.
 */
import { openProfiler } from './session.mjs';

const profiler = await openProfiler();
let running = false;
process.on('SIGWINCH', () => {
  running = !running;
  void (running ? profiler.start() : profiler.finish(process.env.BENCH_PROFILE));
});
