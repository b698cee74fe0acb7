/**
 * A process of its own that floods a server until its time is over:
 * `flood-process.ts <url> <apiKey> <seconds> <name,name,…>`. Writes what came of it as one line of JSON.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_FLOODS } from './all-floods.js';
import type { Flood } from './flood.js';

/** Between two tries that end at once. */
const PAUSE_MS = 10;
const LONGEST_SECONDS = 600;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

const [url = '', apiKey = '', seconds = '10', names = ''] = process.argv.slice(2);
if (!LOOPBACK.includes(new URL(url).hostname)) throw new Error('only a server on this machine is flooded');
const signal = AbortSignal.timeout(Math.min(Number(seconds), LONGEST_SECONDS) * 1_000);
setMaxListeners(0, signal);
const counts: Record<string, Record<string, number>> = {};

await Promise.all(
  names.split(',').flatMap((name) => {
    const found = ALL_FLOODS.filter(([kind, flood]) => name === kind || name === `${kind}/${flood.name}`);
    if (found.length === 0) throw new Error(`there is no flood ${name}`);
    return found.flatMap(([kind, each]) => Array.from({ length: each.times }, () => keepOn(kind, each)));
  }),
);
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(0);

async function keepOn(kind: string, { name, run }: Flood): Promise<void> {
  const count = (counts[`${kind}/${name}`] ??= {});
  while (!signal.aborted) {
    const outcome = await run({ url, apiKey }, signal).catch((error: Error) => error.message);
    if (!signal.aborted) count[outcome] = (count[outcome] ?? 0) + 1;
    await sleep(PAUSE_MS);
  }
}
