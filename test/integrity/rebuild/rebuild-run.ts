import { join } from 'node:path';
import type { Client } from '../../systems/client.js';
import type { AppsTestbed, ClientsApart } from '../testbed.js';
import type { LatestPositions } from '../latest-positions.js';
import { onServer } from '#libs/testing';
import { createInBulk } from './bulk-orders.js';
import { LiveLoad } from './live-load.js';
import { readFile } from 'node:fs/promises';

const PROGRESS_MS = 10_000;
const WAIT_SECONDS = 10;

interface RebuildOptions {
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
  testbed: AppsTestbed,
  { events, projections, log }: RebuildOptions,
): Promise<string[]> {
  const { clients } = testbed;
  const [{ commands, queries }] = clients;
  const liveBuild = (projection: string) => liveBuildOf(testbed.databaseUrl, projection);
  const orderIds = await fillLog(clients[0], events, log);
  const load = new LiveLoad(commands, queries, orderIds);
  const before = new Map<string, number>();
  for (const name of projections) before.set(name, await liveBuild(name));
  load.start();
  try {
    for (const projection of projections) {
      const logFile = join(testbed.directory, `rebuild-${projection}.log`);
      const bar = new BarLog(logFile);
      try {
        log(await testbed.product.cli(['rebuild', projection], logFile));
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
  const report = await testbed.product.cli(['verify']);
  for (const line of report.split('\n')) log(line);
  const notReplaced: string[] = [];
  for (const [name, build] of before) if ((await liveBuild(name)) === build) notReplaced.push(name);
  return [...load.violations, ...notReplaced.map((name) => `${name} was not replaced`)];
}

/** @returns orders that queries see by now. */
export async function fillLog(
  { commands, queries }: ClientsApart,
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

async function liveBuildOf(databaseUrl: string, projection: string): Promise<number> {
  const sql = `select build from projection where name = '${projection}'`;
  const { rows } = await onServer(databaseUrl, (client) => client.query<{ build: number }>(sql));
  return rows[0]?.build ?? 0;
}

const numeral = (count: number): string => Math.round(count).toLocaleString('en');

const LOOK_MS = 100;
const BAR = /(\d+) % of [\d,]+ offsets · [\d,]+\/s · (?:(\d+) s left|\? left|verifying)/;

interface BarLine {
  /** Since it began. */
  readonly atMs: number;
  readonly text: string;
  readonly percent: number;
  readonly leftSeconds: number | undefined;
}

/** Watches the progress bar of a command in its log, where it is an occasional line. */
class BarLog {
  readonly #began = performance.now();
  readonly #lines: BarLine[] = [];
  readonly #timer: NodeJS.Timeout;
  #passed = 0;

  constructor(private readonly file: string) {
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** @returns what it told, in lines, once the command has ended. */
  async end(): Promise<string[]> {
    clearInterval(this.#timer);
    await this.#look();
    const shown = this.#lines.map(({ atMs, text }) => `${seconds(atMs).padStart(9)}  ${text}`);
    return [...shown, `  ${estimateOf(this.#lines)}`];
  }

  async #look(): Promise<void> {
    const atMs = performance.now() - this.#began;
    // Not there yet, or not this time.
    const lines = (await readFile(this.file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    for (const text of lines.slice(this.#passed)) {
      const [isBar, percent, left] = BAR.exec(text) ?? [];
      if (isBar === undefined) continue;
      const leftSeconds = left === undefined ? undefined : Number(left);
      this.#lines.push({ atMs, text: text.trim(), percent: Number(percent), leftSeconds });
    }
    this.#passed = Math.max(this.#passed, lines.length);
  }
}

/** By what factor the time left, as it was told half-way, was off: the larger by the smaller. */
function estimateOf(lines: readonly BarLine[]): string {
  const end = lines.at(-1);
  const [halfWay] = lines
    .filter(({ percent }) => percent >= 25 && percent <= 75)
    .toSorted((a, b) => Math.abs(a.percent - 50) - Math.abs(b.percent - 50));
  if (!end || halfWay?.leftSeconds === undefined || halfWay === end) return 'too short for a bar half-way';
  const told = halfWay.leftSeconds * 1_000;
  const was = end.atMs - halfWay.atMs;
  const factor = Math.max(told, was) / Math.min(told, was);
  return `at ${halfWay.percent} % it told ${seconds(told)} left, and it was ${seconds(was)}: off by a factor of ${factor.toFixed(2)}`;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
