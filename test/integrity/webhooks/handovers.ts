import type { Instance } from '../system.js';
import type { Interruption } from './evidence.js';

/** What a dispatcher logs when it finds out that it delivers no more. */
const LOST = /another dispatcher has taken/;
const SECOND = 1_000;

/** When dispatchers lost what they had to others, by what they say: also on their own, when the machine is too slow. */
export async function handoversIn(dispatchers: readonly Instance[]): Promise<Interruption[]> {
  const lines = (await Promise.all(dispatchers.map((dispatcher) => dispatcher.logLines()))).flat();
  const times = lines
    .filter((line) => LOST.test(line))
    .map((line) => (JSON.parse(line) as { time: number | string }).time)
    .map((time) => new Date(time).getTime() - performance.timeOrigin);
  // It says so of each partition.
  const seconds = new Set(times.map((at) => Math.ceil(at / SECOND)));
  return [...seconds].map((second) => ({ kind: 'handover', at: second * SECOND }));
}
