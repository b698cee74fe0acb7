/** Emmett's way: the same lives in its event store in Postgres, and its own rebuild of a projection. */
import { type Event, STREAM_DOES_NOT_EXIST } from '@event-driven-io/emmett';
import {
  getPostgreSQLEventStore,
  postgreSQLRawSQLProjection,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql';
import { escapeLiteral } from 'pg';
import type { OrderEvent } from '#libs/orders';
import { onServer } from '#libs/testing';
import { serveJobs } from '../measuring/worker.js';
import { OrderLives } from './order-lives.js';
import { type Run, stopwatch } from './runs.js';

export interface EmmettJob {
  /** The URL of a database of its own. */
  readonly url: string;
  readonly events: number;
  /** Appended, or projected. A projection of a new name is a new one. */
  readonly as: 'events' | `projection ${number}`;
}

type StoredEvent = Event<OrderEvent['type'], Record<string, unknown>>;
type Statement = ReturnType<Parameters<typeof postgreSQLRawSQLProjection<StoredEvent>>[0]['evolve']>;

/** One transaction each. */
const BATCH = 1_000;

const TABLE = `
  create table if not exists emmett_order (
    order_id uuid primary key, version int not null, status text not null, customer_id text not null, state jsonb not null
  )`;

/** One at a time: its consumer goes by the number of an event, and passes over one that is committed late. */
async function append({ url, events }: EmmettJob): Promise<Run> {
  const forgetful = new URL(url);
  forgetful.searchParams.set('options', '-c synchronous_commit=off');
  const store = getPostgreSQLEventStore(forgetful.href);
  await store.schema.migrate();
  const lives = new OrderLives();
  const elapsed = stopwatch();
  while (lives.events < events) {
    const { type, data, metadata } = lives.next();
    const event = { type, data, metadata } as unknown as StoredEvent;
    await store.appendToStream(`order-${metadata.streamId}`, [event], {
      expectedStreamVersion: BigInt(metadata.version - 1) || STREAM_DOES_NOT_EXIST,
    });
  }
  await store.close();
  const { seconds, micros } = elapsed();
  return { events, seconds, cpuMicros: micros / events, rows: lives.orders };
}

/** Statements of one's own are faster than the documents that it offers besides: no row is read before it is written. */
function evolve({ type, data }: StoredEvent): string {
  const id = escapeLiteral(String(data.orderId));
  if (type === 'order.created') {
    const customer = escapeLiteral((data.customer as { id: string }).id);
    const state = escapeLiteral(JSON.stringify({ ...data, status: 'created' }));
    return `insert into emmett_order values (${id}, 1, 'created', ${customer}, ${state})`;
  }
  const status = type.slice('order.'.length);
  const change = escapeLiteral(JSON.stringify({ ...data, status }));
  return `update emmett_order set version = version + 1, status = '${status}', state = state || ${change}
    where order_id = ${id}`;
}

async function project({ url, events, as }: EmmettJob): Promise<Run> {
  await onServer(url, (client) => client.query(`${TABLE}; truncate emmett_order; checkpoint`));
  const projection = postgreSQLRawSQLProjection<StoredEvent>({
    name: as,
    canHandle: [
      'order.created',
      'order.confirmed',
      'order.shipped',
      'order.delivered',
      'order.completed',
      'order.cancelled',
    ],
    evolve: (event) => evolve(event) as Statement,
  });
  const elapsed = stopwatch();
  const consumer = rebuildPostgreSQLProjections({
    connectionString: url,
    projections: [projection],
    pulling: { batchSize: BATCH, pullingFrequencyInMs: 0 },
  });
  await consumer.start();
  const { seconds, micros } = elapsed();
  await consumer.close();
  return { events, seconds, cpuMicros: micros / events, ...(await found(url, events)) };
}

async function found(url: string, events: number): Promise<Pick<Run, 'rows' | 'lost'>> {
  const { rows } = await onServer(url, (client) =>
    client.query<Record<'rows' | 'orders' | 'events', string>>(
      `select count(*) as rows, sum(version) as events,
         (select count(*) from emt_messages where message_type = 'order.created') as orders
       from emmett_order`,
    ),
  );
  const [row] = rows;
  const isWhole = row?.rows === row?.orders && Number(row?.events) === events;
  const lost = `${row?.rows} of ${row?.orders} orders, ${row?.events ?? 0} of ${events} events`;
  return { rows: Number(row?.rows), ...(!isWhole && { lost }) };
}

serveJobs((job: EmmettJob) => (job.as === 'events' ? append(job) : project(job)));
