import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExportManifest } from '#libs/export/core';
import { onServer } from '#libs/testing';
import { fillLog } from '../rebuild/rebuild-run.js';
import type { AppsTestbed } from '../testbed.js';

const POLL_MS = 20;
/** A kill comes so long after a commit at most, so that it meets every part of the work. */
const KILL_SPREAD_MS = 400;
/** Records of a claimed partition that are no events. */
const CONTROL_RECORDS = 200;

interface ExportRunOptions {
  /** In the log before the first export. */
  readonly events: number;
  /** How often the export is killed. */
  readonly kills: number;
  /** Added after the export, and exported then. */
  readonly more: number;
  readonly segmentMb: number;
  readonly log: (line: string) => void;
}

/**
 * Exports a log while the export is killed again and again, and compares the files with the read models; then adds events,
 * and looks whether those alone are read.
 * @returns what went against the promises
 */
export async function exportUnderKills(
  testbed: AppsTestbed,
  { events, kills, more, segmentMb, log }: ExportRunOptions,
): Promise<string[]> {
  const out = join(testbed.directory, 'export');
  const args = ['export', '--topics', 'orders', '--out', out, '--segment-mb', String(segmentMb)];
  await fillLog(testbed.clients[0], events, log);
  const violations: string[] = [];
  for (let kill = 1; kill <= kills; kill++) {
    const commits = await commitsIn(out);
    const killed = await exportKilled(testbed, args, async () => {
      while ((await commitsIn(out)) <= commits) await sleep(POLL_MS);
      await sleep(Math.random() * KILL_SPREAD_MS);
    });
    if (!killed) violations.push(`nothing was proved: the export ended before kill ${kill}`);
    log(`killed after ${await commitsIn(out)} commits`);
  }
  const began = performance.now();
  log(await testbed.product.cli(args));
  log(`the last run took ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  violations.push(...(await differences(testbed, out, log)));
  await fillLog(testbed.clients[0], more, log);
  const said = await testbed.product.cli(args);
  log(said);
  const [, read = '', added = ''] = /: ([\d,]+) offsets read, ([\d,]+) events added/.exec(said) ?? [];
  if (numberOf(added) !== more) violations.push(`${added} events were added, and not ${more}`);
  if (numberOf(read) > more + CONTROL_RECORDS)
    violations.push(`${read} offsets were read for ${more} events`);
  violations.push(...(await differences(testbed, out, log)));
  return violations;
}

/** @returns whether it was killed, before it ended by itself */
async function exportKilled(
  { env, directory }: AppsTestbed,
  args: readonly string[],
  when: () => Promise<void>,
): Promise<boolean> {
  const child = spawn(process.execPath, [join(process.cwd(), 'apps/cli/bin/orderstream.js'), ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await Promise.race([when(), ended]);
  child.kill('SIGKILL');
  const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  return signal === 'SIGKILL';
}

async function commitsIn(out: string): Promise<number> {
  const file = join(out, 'manifest.json');
  if (!existsSync(file)) return 0;
  return (JSON.parse(await readFile(file, 'utf8')) as ExportManifest).commits;
}

interface Totals {
  readonly orders: number;
  readonly total: number;
}

/** What differs between the files, asked in a process of its own, and the read models. */
async function differences(
  { product, databaseUrl }: AppsTestbed,
  out: string,
  log: (line: string) => void,
): Promise<string[]> {
  const found: string[] = [];
  const sql = `select count(*) as orders, sum(total) as total, count(distinct event_id) as ids,
    count(distinct _partition || '@' || _offset) as positions from order_created`;
  const answer = await product.cli(['sql', sql, '--dir', out, '--format', 'json']);
  const [files] = JSON.parse(answer) as [Totals & { readonly ids: number; readonly positions: number }];
  const totals = (query: string): Promise<Totals> =>
    onServer(databaseUrl, async (client) => {
      const { rows } = await client.query<{ orders: string; total: string }>(query);
      return { orders: Number(rows[0]?.orders), total: Number(rows[0]?.total) };
    });
  const models = {
    orders: await totals(`select count(*) as orders, sum((state ->> 'total')::bigint) as total from "order"`),
    'order-statistics': await totals(
      'select sum(orders) as orders, sum(revenue) as total from order_statistics',
    ),
  };
  for (const [name, model] of Object.entries(models))
    for (const key of ['orders', 'total'] as const)
      if (files[key] !== model[key]) found.push(`${key}: ${files[key]} in files, ${model[key]} in ${name}`);
  if (files.ids !== files.orders || files.positions !== files.orders)
    found.push(`${files.orders} rows are of ${files.ids} events at ${files.positions} positions`);
  const verified = JSON.parse(await product.cli(['verify', 'orders', '--json'])) as [
    { readonly partitions: readonly { readonly partition: number; readonly events: number }[] },
  ];
  const { topics } = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as ExportManifest;
  for (const { partition, events } of verified[0].partitions) {
    const rows = topics['orders']?.partitions[partition]?.rows ?? 0;
    if (rows !== events) found.push(`orders/${partition}: ${rows} rows, ${events} events by verify`);
  }
  log(
    `files and read models have ${files.orders} orders of ${files.total} in all; ${found.length} differences`,
  );
  return found;
}

const numberOf = (text: string): number => Number(text.replaceAll(',', ''));
