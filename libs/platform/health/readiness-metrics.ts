import { Gauge } from 'prom-client';
import type { Readiness } from './readiness.js';

/** The parts that are asked. Global, as metrics are. */
let observed: Pick<Readiness, 'checks'> = { checks: new Map() };

export const observeReadiness = (readiness: typeof observed): void => {
  observed = readiness;
};

/** Asks every part at each scrape, as `/health/ready` does: a part that does not answer takes two seconds. */
export const partReady = new Gauge({
  name: 'orderstream_part_ready',
  help: 'Whether a part of the process is ready, as in /health/ready: 1 or 0. Of several processes, the worst.',
  labelNames: ['part'],
  aggregator: 'min',
  async collect(this: Gauge<'part'>) {
    const parts = [...observed.checks].map(async ([part, check]) => ({
      part,
      isReady: await isReady(check),
    }));
    const found = await Promise.all(parts);
    this.reset();
    for (const { part, isReady } of found) this.set({ part }, isReady ? 1 : 0);
  },
});

async function isReady(check: () => unknown): Promise<boolean> {
  try {
    await check();
    return true;
  } catch {
    return false;
  }
}
