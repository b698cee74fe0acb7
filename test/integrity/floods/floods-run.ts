import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../systems/client.js';
import { readMetrics } from '../../systems/metrics.js';
import { spawnTypeScript } from '../../systems/typescript.js';
import type { WholeProduct } from '../testbed.js';
import { Bystander } from './bystander.js';
import { orderOf } from './bodies.js';
import { ALL_FLOODS } from './all-floods.js';
import { sightLines } from './sight-lines.js';

const PROCESS = new URL('flood-process.ts', import.meta.url);
const MIB = 1_048_576;
/** Orders of a thousand lines each: enough for pages and polls of the largest size. */
const LARGE_ORDERS = 300;

interface FloodsOptions {
  readonly seconds: number;
  /** Names, or kinds: `keyless`, `greedy`. */
  readonly names: readonly string[];
  readonly log: (line: string) => void;
}

/**
 * Floods a running system, with each kind by itself and then with all of them at once, while another tenant works. The
 * numbers are for a person to judge; what fails is that the process did not live through it, took more memory than
 * `MEMORY_MB`, or did not answer the other.
 * @returns whether none of these happened
 */
export async function runFloods(
  { app, product }: WholeProduct,
  { seconds, names, log }: FloodsOptions,
): Promise<boolean> {
  const [greedyKey, otherKey] = [await product.newKey('greedy'), await product.newKey('bystander')];
  const bystander = await Bystander.subscribed(app.url, app.pid, otherKey);
  await makeLargeOrders(app.url, greedyKey);

  const chosen = ALL_FLOODS.map(([kind, { name }]) => `${kind}/${name}`).filter(
    (name) => names.length === 0 || names.some((each) => name === each || name.startsWith(`${each}/`)),
  );
  const { pid } = app;
  const boundMib = ((await readMetrics(app.url)).get('orderstream_memory_bound_bytes') ?? 0) / MIB;
  let isWell = true;
  for (const name of ['', ...chosen, ...(chosen.length > 1 ? [chosen.join()] : [])]) {
    const sent = name === '' ? sleep(seconds * 1_000, '') : floodBy(app.url, greedyKey, seconds, name);
    const sight = await bystander.watch(sent);
    const isAlive = app.pid === pid && (await isAnswering(app.url));
    if (sight.peakMib > boundMib) sight.failures.push(`the process took more than ${boundMib} MiB`);
    isWell &&= isAlive && sight.failures.length === 0;
    const title = name === '' ? 'nobody floods' : name.includes(',') ? 'all at once' : name;
    for (const line of sightLines(title, sight)) log(line);
    if (name !== '') log(`    ${await sent}`);
    if (!isAlive) log(`process ${pid} is gone`);
    if (!isAlive) break;
  }
  if (isWell) log(`the process is ${app.pid} as at the start`);
  await bystander.stop();
  return isWell;
}

async function floodBy(url: string, apiKey: string, seconds: number, names: string): Promise<string> {
  return (await text(spawnTypeScript(PROCESS, url, apiKey, String(seconds), names).stdout)).trim();
}

const isAnswering = (url: string): Promise<boolean> =>
  fetch(`${url}/health/live`).then(
    ({ ok }) => ok,
    () => false,
  );

async function makeLargeOrders(url: string, apiKey: string): Promise<void> {
  const orders = Array.from({ length: LARGE_ORDERS / 3 }, () => orderOf(1_000));
  for (let n = 0; n < 3; n++) {
    const { status } = await new Client(() => url, apiKey).post('/v1/orders/batch', orders);
    if (status !== 200) throw new Error(`large orders: ${status}`);
  }
}
