import type { OrderStatus } from '#libs/orders';
import type { Books } from './books.js';
import type { Documents } from './ledger.js';
import type { PatientClient } from './patient-client.js';

const PAGE = 500;
const MOST_MAIL_SAMPLES = 100;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken?: string | null;
}

interface Listed {
  readonly orderId: string;
  readonly createdAt?: string;
}

interface OrderDocument extends Listed {
  readonly status: OrderStatus;
  readonly total: number;
}

interface PaymentDocument extends Listed {
  readonly captured: number;
  readonly refunded: number;
}

/** Reads what the API answers about the orders and skus in the books. */
export async function readDocuments(client: PatientClient, books: Books, since: string): Promise<Documents> {
  const orders = await listed<OrderDocument>(
    client,
    `/v1/orders?createdFrom=${encodeURIComponent(since)}&`,
    since,
  );
  const payments = await listed<PaymentDocument>(client, '/v1/payments?', since);
  const stock = new Map<string, { onHand: number; reserved: number }>();
  for (const sku of books.stock.keys()) {
    const path = `/v1/stock/${encodeURIComponent(sku)}`;
    const answer = await client.send<{ onHand: number; reserved: number }>({
      method: 'GET',
      path,
      expected: [404],
    });
    if (answer?.isSuccess) stock.set(sku, answer.body);
  }
  return {
    orders,
    payments,
    stock,
    mails: await mailsOf(client, books),
    stuck: await stuckOf(client, books),
  };
}

/** All items of a list that is sorted by creation, newest first, from the time on. */
async function listed<Item extends Listed>(
  client: PatientClient,
  path: string,
  since: string,
): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  for await (const items of pages<Item>(client, path)) {
    for (const item of items) found.set(item.orderId, item);
    if ((items.at(-1)?.createdAt ?? since) < since) break;
  }
  return found;
}

async function* pages<Item>(client: PatientClient, path: string): AsyncGenerator<readonly Item[]> {
  for (let token: string | null | undefined = ''; token != null; ) {
    const more: string = token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const answer = await client.send<Page<Item>>({ method: 'GET', path: `${path}limit=${PAGE}${more}` });
    if (!answer?.isSuccess) return;
    yield answer.body.items;
    token = answer.body.nextPageToken;
  }
}

/** The sample covers orders from the whole run. */
async function mailsOf(client: PatientClient, { orders }: Books): Promise<Map<string, string[]>> {
  const every = Math.ceil(orders.size / MOST_MAIL_SAMPLES);
  const sampled = [...orders.keys()].filter((_, index) => index % every === 0);
  const mails = new Map<string, string[]>();
  for (const orderId of sampled) {
    const path = `/v1/notifications?orderId=${orderId}&limit=${PAGE}`;
    const answer = await client.send<Page<{ template: string; status: string }>>({ method: 'GET', path });
    if (!answer?.isSuccess) continue;
    const sent = answer.body.items.filter(({ status }) => status === 'sent');
    mails.set(
      orderId,
      sent.map(({ template }) => template),
    );
  }
  return mails;
}

async function stuckOf(client: PatientClient, { orders }: Books): Promise<Map<string, string>> {
  const stuck = new Map<string, string>();
  for await (const items of pages<{ processId: string; lastError?: string }>(
    client,
    '/v1/processes?state=stuck&',
  ))
    for (const { processId, lastError = 'for an unknown reason' } of items)
      if (orders.has(processId)) stuck.set(processId, lastError);
  return stuck;
}
