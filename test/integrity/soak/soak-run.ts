import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/kernel';
import { Client } from '../../systems/client.js';
import { Probe } from './probe.js';
import { SoakFaults } from './soak-faults.js';
import type { SoakTestbed } from './soak-testbed.js';
import { Subscribers } from './subscribers.js';
import { driftsOf, isCalm, tableOf, windowsOf } from './windows.js';

const WINDOWS = 12;
const SUBSCRIPTIONS = 2;
const START_MS = 20_000;
const DRAIN = '5m';
const PROGRESS_MS = 60_000;
const MOST_LEDGER_LINES = 14;

interface SoakOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Customers a second. */
  readonly rate: number;
  readonly log: (line: string) => void;
}

/**
 * Hours of ordinary business, with a fault now and then, for one process that must not change: its memory, its handles
 * and its latency are the same at the end as after its start.
 * @returns what is wrong; nothing if all is well
 */
export async function runSoak(
  testbed: SoakTestbed,
  { seed, seconds, rate, log }: SoakOptions,
): Promise<string[]> {
  const { app, product, directory } = testbed;
  const subscribers = new Subscribers();
  const callbackUrl = await subscribers.open();
  const [shopKey, probeKey] = [await product.newKey('shop'), await product.newKey('probe')];
  for (let number = 0; number < SUBSCRIPTIONS; number++) {
    const { status } = await new Client(() => app.url, shopKey).subscribe({ callbackUrl, eventTypes: ['*'] });
    if (status !== 201) throw new Error(`a subscription was answered ${status}`);
  }
  const client = new Client(() => app.url, probeKey);
  await client.subscribe({ callbackUrl, eventTypes: ['order.created'] });

  const probe = new Probe(client, subscribers, app.url);
  const faults = new SoakFaults(testbed, subscribers, new SeededRandom(seed), log);
  const { pid } = app;
  const stop = new AbortController();
  const progress = setInterval(() => {
    const { residentMib = 0, commandMs = 0, webhookMs = 0 } = probe.samples.at(-1) ?? {};
    log(
      `${subscribers.taken} deliveries; the last order took ${commandMs.toFixed(0)} ms, its webhook ` +
        `${webhookMs.toFixed(0)} ms; ${residentMib.toFixed(0)} MiB; ${probe.failures.length} failures`,
    );
  }, PROGRESS_MS);
  const simulation = { url: app.url, 'api-key': shopKey, rate, for: `${seconds}s`, seed, drain: DRAIN };
  const ledger = product
    .cli(
      ['simulate', ...Object.entries(simulation).flatMap(([name, value]) => [`--${name}`, String(value)])],
      join(directory, 'simulate.log'),
    )
    .then(
      (text) => ({ text, problem: undefined }),
      (error: Error) => ({ text: '', problem: `the ledger does not add up: ${error.message}` }),
    );
  const probing = probe.run(stop.signal);
  await sleep(Math.min(START_MS, seconds * 100));
  const from = performance.now();
  await Promise.race([faults.run(), sleep(seconds * 1_000 - START_MS)]);
  const until = performance.now();
  await faults.stop();
  log('all is healed; the simulation ends');
  const { text, problem } = await ledger;
  stop.abort();
  await probing;
  clearInterval(progress);
  subscribers.close();
  for (const line of text.split('\n').slice(-MOST_LEDGER_LINES)) log(line);

  const { samples, failures } = probe;
  const { interruptions } = faults;
  await writeFile(
    join(directory, 'soak.json'),
    JSON.stringify({ from, until, samples, failures, interruptions }),
  );
  const windows = windowsOf({ from, until, samples, interruptions }, WINDOWS);
  for (const line of tableOf(windows)) console.log(line);
  for (const [name, count] of Object.entries(faults.counts())) log(`${count} ${name}`);
  log(
    `${subscribers.taken} deliveries taken, ${subscribers.refused} refused; ${samples.length} orders of the probe`,
  );
  const calmFailures = failures.filter(({ at }) => at < until && isCalm(at, interruptions));
  log(
    `${failures.length} requests of the probe failed, ${calmFailures.length} of them without a fault nearby`,
  );
  return [
    ...(problem === undefined ? [] : [problem]),
    ...(app.pid === pid ? [] : ['the process is another one']),
    ...calmFailures.map(({ why }) => why),
    ...driftsOf(windows),
  ];
}
