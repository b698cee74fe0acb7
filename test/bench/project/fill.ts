/** Appends orders and stock moves as the product's writers do, in groups of a thousand. */
import { STOCK_AGGREGATE } from '#libs/inventory';
import { ORDER_AGGREGATE } from '#libs/orders';
import type { EventToEncode } from '#libs/contracts';
import type { PartitionAppender } from '#libs/event-store/core';
import { type ConnectedLog, connectLog } from '#libs/testing';
import { serveJobs } from '../measuring/worker.js';
import { OrderLives } from './order-lives.js';
import type { Filled } from './runs.js';
import { StockMoves } from './stock-moves.js';

/** Numbers of events that the log grows to. */
export interface FillJob {
  readonly orderEvents: number;
  readonly stockEvents: number;
}

const GROUP = 1_000;
/** Events encoded before all partitions append, which bounds memory. */
const ROUND = 24_000;

interface Source {
  readonly events: number;
  next(): EventToEncode;
}

const orders = new OrderLives();
const stock = new StockMoves();
let opened: Promise<ConnectedLog> | undefined;

async function fill({ orderEvents, stockEvents }: FillJob): Promise<Filled> {
  opened ??= connectLog();
  const open = await opened;
  await append(open, ORDER_AGGREGATE.topic, orders, orderEvents);
  await append(open, STOCK_AGGREGATE.topic, stock, stockEvents);
  return { events: orders.events, orders: orders.orders, stockEvents: stock.events, skus: stock.skus };
}

async function append(
  { log, codec }: ConnectedLog,
  topic: string,
  source: Source,
  until: number,
): Promise<void> {
  const partitions = await log.partitionCount(topic);
  const appenders: PartitionAppender[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const appender = log.appender(topic, partition);
    await appender.claim();
    appenders.push(appender);
  }
  const queues = appenders.map(() => [] as ReturnType<typeof codec.encode>[]);
  while (source.events < until) {
    const end = Math.min(until, source.events + ROUND);
    while (source.events < end) {
      const event = source.next();
      queues[log.partitionOf(event.metadata.streamId, partitions)]?.push(codec.encode(event));
    }
    const isLast = source.events === until;
    await Promise.all(
      queues.map(async (queue, partition) => {
        while (queue.length >= GROUP || (isLast && queue.length > 0)) {
          await appenders[partition]?.append(queue.splice(0, GROUP));
        }
      }),
    );
  }
  await Promise.all(appenders.map((appender) => appender.close()));
}

serveJobs(fill);
