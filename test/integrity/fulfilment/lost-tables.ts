import { setTimeout as sleep } from 'node:timers/promises';
import { onServer } from '#libs/testing';
import type { Interruption } from '../fault-schedule.js';
import { eventsOf } from './checks/shop-orders.js';
import type { ShopEvidence } from './evidence.js';
import type { FulfilmentTestbed } from './fulfilment-testbed.js';
import { groupedBy } from '../violation.js';

const KIND = 'lose-all-tables';
/** Until customers have noticed. */
const AWAY_MS = 500;

/**
 * Stops all apps, drops every table of the database, deploys anew and starts the apps again. The log stays as it is, so all
 * readers begin at its beginning. Only the keys of customers come back: no log has them.
 */
export async function loseTables(
  testbed: FulfilmentTestbed,
  log: (line: string) => void,
): Promise<Interruption> {
  const { product, servers, commandApi, queryApi, projector, processManagers } = testbed;
  const at = performance.now();
  const apps = [commandApi, queryApi, projector, ...processManagers];
  let running = apps.length;
  let allAway!: () => void;
  const away = new Promise<void>((resolve) => {
    allAway = resolve;
  });
  const redeployed = away.then(async () => {
    log('all apps are stopped; every table is dropped');
    const { url } = servers.postgres;
    const { rows } = await onServer(url, (client) => client.query('select * from customer_key'));
    await onServer(url, (client) => client.query('drop schema public cascade'));
    await onServer(url, (client) => client.query('create schema public'));
    await product.cli(['deploy']);
    const restore = 'insert into customer_key select * from json_populate_recordset(null::customer_key, $1)';
    await onServer(url, (client) => client.query(restore, [JSON.stringify(rows)]));
    await testbed.renewKeys();
    await sleep(AWAY_MS);
  });
  // Half of them get no chance to finish anything.
  await Promise.all(
    apps.map((app, index) =>
      app.restart(index % 2 === 0 ? 'SIGKILL' : 'SIGTERM', () => {
        if (--running === 0) allAway();
        return redeployed;
      }),
    ),
  );
  log('all apps run again, on empty tables');
  return { kind: KIND, at, until: performance.now() };
}

/** How many processes were under way when the tables were lost, and went on. */
export function carriedOn(evidence: ShopEvidence): number {
  const loss = evidence.interruptions.find(({ kind }) => kind === KIND);
  if (!loss) return 0;
  const processes = groupedBy(eventsOf(evidence, 'processes'), ({ streamId }) => streamId);
  return [...processes.values()].filter(
    (events) =>
      events.some(({ occurredAt }) => occurredAt < loss.at) &&
      events.some(({ occurredAt }) => occurredAt > loss.at),
  ).length;
}
