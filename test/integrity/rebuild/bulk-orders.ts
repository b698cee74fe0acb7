import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, someOrder } from '../../systems/client.js';
import { LatestPositions } from '../latest-positions.js';

const BATCH = 1_000;
const BATCHES_AT_ONCE = 3;
const CUSTOMERS = 1_000;
/** How many ids are kept: from all over the log, but few enough to be read often. */
const SAMPLE = 300;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const AGAIN_MS = 500;

interface BatchResult {
  readonly status: number;
  readonly orderId: string;
  readonly position: string;
}

interface BulkOrders {
  /** The ids of a sample. */
  readonly orderIds: readonly string[];
  readonly positions: LatestPositions;
}

/** Creates that many orders, one event each, through the product's own batches. */
export async function createInBulk(
  commands: Client,
  count: number,
  changed: (made: number) => void,
): Promise<BulkOrders> {
  const orderIds: string[] = [];
  const positions = new LatestPositions();
  const step = Math.max(1, Math.floor(count / SAMPLE));
  let made = 0;
  let asked = 0;

  async function work(): Promise<void> {
    while (asked < count) {
      const size = Math.min(BATCH, count - asked);
      asked += size;
      const created = await createBatch(commands, size);
      for (const { orderId, position } of created) {
        positions.add(position);
        if (made++ % step === 0) orderIds.push(orderId);
      }
      // Another batch makes up for the refused ones.
      asked -= size - created.length;
      changed(made);
    }
  }
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, work));
  return { orderIds, positions };
}

/** @returns the orders created; the others were refused for now */
async function createBatch(commands: Client, size: number): Promise<BatchResult[]> {
  const orders = Array.from({ length: size }, () => someOrder(`c-${Math.floor(Math.random() * CUSTOMERS)}`));
  const lines = orders.map((order) => JSON.stringify(order)).join('\n');
  const answer = await commands.post('/v1/orders/batch', lines, NDJSON);
  const body = answer.body as { readonly results?: readonly BatchResult[] };
  const results = answer.status === 503 ? [] : body.results;
  const odd = results?.find((result) => result.status !== 201 && result.status !== 503);
  if (!results || odd) throw new Error(`a batch: ${answer.status} ${JSON.stringify(odd ?? body)}`);
  const created = results.filter((result) => result.status === 201);
  if (created.length < size) await sleep(AGAIN_MS);
  return created;
}
