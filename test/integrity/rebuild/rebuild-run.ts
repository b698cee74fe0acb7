import { join } from 'node:path';
import type { Client } from '../../e2e/client.fixture.js';
import type { LatestPositions } from '../latest-positions.js';
import { BarLog } from './bar-log.js';
import { createInBulk } from './bulk-orders.js';
import { LiveLoad } from './live-load.js';

const PROGRESS_MS = 10_000;
const WAIT_SECONDS = 10;

export interface RebuildTestbed {
  readonly directory: string;
  readonly commands: Client;
  readonly queries: Client;
  readonly cli: (args: readonly string[], logFile?: string) => Promise<string>;
  /** Which build of it is live. */
  readonly liveBuild: (projection: string) => Promise<number>;
}

export interface RebuildOptions {
  /** In the log before the first rebuild, at least. */
  readonly events: number;
  readonly projections: readonly string[];
  readonly log: (line: string) => void;
}

/**
 * Fills the log, and rebuilds read models one after the other, while they are written and read.
 * @returns what went against the promise
 */
export async function rebuildUnderLoad(
  testbed: RebuildTestbed,
  { events, projections, log }: RebuildOptions,
): Promise<string[]> {
  const { commands, queries, cli, liveBuild } = testbed;
  const orderIds = await fill(testbed, events, log);
  const load = new LiveLoad(commands, queries, orderIds);
  const before = new Map<string, number>();
  for (const name of projections) before.set(name, await liveBuild(name));
  load.start();
  try {
    for (const projection of projections) {
      const logFile = join(testbed.directory, `rebuild-${projection}.log`);
      const bar = new BarLog(logFile);
      try {
        log(await cli(['rebuild', projection], logFile));
      } finally {
        for (const line of await bar.end()) log(line);
      }
    }
  } finally {
    await load.stop();
  }
  const counts = Object.entries(load.counts).map(([name, count]) => `${count} ${name}`);
  log(`meanwhile: ${counts.join(', ')}; ${load.violations.length} violations`);
  // Fails by itself where a row is another than the log says.
  const report = await cli(['verify']);
  for (const line of report.split('\n')) log(line);
  const notReplaced: string[] = [];
  for (const [name, build] of before) if ((await liveBuild(name)) === build) notReplaced.push(name);
  return [...load.violations, ...notReplaced.map((name) => `${name} was not replaced`)];
}

/** @returns orders that queries see by now. */
async function fill(
  { commands, queries }: RebuildTestbed,
  events: number,
  log: RebuildOptions['log'],
): Promise<readonly string[]> {
  const began = performance.now();
  let made = 0;
  const progress = setInterval(() => log(`${numeral(made)} orders created`), PROGRESS_MS);
  const bulk = createInBulk(commands, events, (count) => {
    made = count;
  });
  const { orderIds, positions } = await bulk.finally(() => clearInterval(progress));
  const seconds = (performance.now() - began) / 1_000;
  log(`${numeral(made)} orders created by batches in ${seconds.toFixed(1)} s: ${numeral(made / seconds)}/s`);
  for (const path of ['/v1/orders?limit=1', `/v1/orders/${orderIds[0]}?version=1`, '/v1/stats/orders']) {
    await untilPassed(queries, path, positions, log);
  }
  return orderIds;
}

/** The first build has to come that far too, by projectors that are not in a hurry. */
async function untilPassed(
  queries: Client,
  path: string,
  positions: LatestPositions,
  log: RebuildOptions['log'],
): Promise<void> {
  const headers = { 'orderstream-position': String(positions), prefer: `wait=${WAIT_SECONDS}` };
  for (;;) {
    const answer = await queries.get(path, headers);
    if (answer.status === 200) return;
    const { code, detail } = answer.body as { code: string; detail: string };
    if (code !== 'position-not-reached') throw new Error(`GET ${path}: ${answer.status} ${detail}`);
    log(`projectors are behind: ${detail}`);
  }
}

const numeral = (count: number): string => Math.round(count).toLocaleString('en');
