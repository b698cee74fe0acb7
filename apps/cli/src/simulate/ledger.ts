import type { OrderStatus } from '#libs/orders';
import { type Books, isOpen, isSold, type OrderAccount } from './books.js';

/** The final answers of the API, from its read models. */
export interface Documents {
  readonly orders: ReadonlyMap<string, { readonly status: OrderStatus; readonly total: number }>;
  readonly payments: ReadonlyMap<string, { readonly captured: number; readonly refunded: number }>;
  readonly stock: ReadonlyMap<string, { readonly onHand: number; readonly reserved: number }>;
  /** Templates of the mails of some orders. */
  readonly mails: ReadonlyMap<string, readonly string[]>;
  /** Orders whose process is stuck, with its last error. */
  readonly stuck: ReadonlyMap<string, string>;
}

/** All that a run knows at its end. */
export interface Evidence {
  readonly books: Books;
  /** Orders whose creation was answered. */
  readonly answered: ReadonlySet<string>;
  /** Creations that were sent and not answered: each may have made an order. */
  readonly unanswered: number;
  /** Sentences, each about something that a player did not expect. */
  readonly surprises: readonly string[];
  /** Missing while the events alone are judged. */
  readonly documents?: Documents;
}

export interface LedgerLine {
  readonly text: string;
  /** Sentences, each about something that does not add up. */
  readonly problems: readonly string[];
}

/** Whether a run adds up, line by line. */
export const ledgerOf = (evidence: Evidence): LedgerLine[] => [
  ordersLine(evidence),
  stockLine(evidence),
  reservedLine(evidence),
  moneyLine(evidence),
  mailLine(evidence),
  lawLine(evidence),
];

export const addsUp = (ledger: readonly LedgerLine[]): boolean =>
  ledger.every(({ problems }) => problems.length === 0);

export const openOrders = ({ orders }: Books): OrderAccount[] => [...orders.values()].filter(isOpen);

function ordersLine({ books, answered, unanswered, documents }: Evidence): LedgerLine {
  const { counts, orders } = books;
  const all = [...orders.values()];
  const causes = countsOf(
    all.filter(({ status }) => status === 'cancelled').map(({ cause }) => cause ?? 'none'),
  );
  const listed = [...causes].map(([cause, count]) => `${cause} ${count}`).join(', ');
  const sold = all.filter(isSold).length;
  const open = openOrders(books).length;
  const text =
    `orders: ${all.length} created = ${sold} confirmed or later + ${counts.cancelled} cancelled` +
    `${listed && ` (${listed})`} + ${open} still open`;
  const problems = [];
  for (const orderId of answered)
    if (!orders.get(orderId)?.status)
      problems.push(`order ${orderId} was answered, but has no order.created`);
  const unknown = all.filter(({ orderId }) => !answered.has(orderId));
  if (unknown.length > unanswered)
    problems.push(`${unknown.length} orders exist that nobody was told of, such as ${unknown[0]?.orderId}`);
  if (sold + counts.cancelled + open !== all.length) problems.push('the sum is wrong');
  for (const { orderId, status, cause } of all)
    if (status === 'cancelled' && !cause) problems.push(`order ${orderId} was cancelled without a cause`);
  for (const { orderId, status, total } of documents ? all : []) {
    const document = documents?.orders.get(orderId);
    if (document?.status !== status || document?.total !== total)
      problems.push(
        `order ${orderId} is ${status} over ${total} by its events, ${
          document ? `${document.status} over ${document.total}` : 'missing'
        } by the API`,
      );
  }
  for (const [orderId, error] of documents?.stuck ?? [])
    problems.push(`the process of ${orderId} is stuck: ${error}`);
  return { text, problems };
}

function stockLine({ books, documents }: Evidence): LedgerLine {
  const totals = { received: 0, shipped: 0, adjusted: 0, onHand: 0 };
  const problems = [];
  for (const [sku, { received, shipped, adjusted }] of books.stock) {
    const onHand = received - shipped + adjusted;
    totals.received += received;
    totals.shipped += shipped;
    totals.adjusted += adjusted;
    totals.onHand += onHand;
    const document = documents?.stock.get(sku);
    if (documents && document?.onHand !== onHand)
      problems.push(
        `${sku}: ${received} received - ${shipped} shipped ${signed(adjusted)} adjusted = ${onHand}, but ` +
          `${document?.onHand ?? 'nothing'} is on hand`,
      );
    if (onHand < 0) problems.push(`${sku}: more was shipped than there was, by ${-onHand}`);
  }
  const { received, shipped, adjusted, onHand } = totals;
  const text =
    `stock of ${books.stock.size} skus: ${received} received - ${shipped} shipped ${signed(adjusted)} adjusted ` +
    `= ${onHand} on hand`;
  return { text, problems };
}

/** An order that is still open may hold its quantities or not; nothing else may hold anything. */
function reservedLine({ books, documents }: Evidence): LedgerLine {
  const problems = [];
  const totals = { reserved: 0, owed: 0 };
  for (const order of books.orders.values()) {
    const isOwed = order.status === 'confirmed';
    for (const [sku, quantity] of order.quantities) {
      const held = books.stock.get(sku)?.held.get(order.orderId) ?? 0;
      if (isOwed) totals.owed += quantity;
      if (isOpen(order) ? held === 0 || held === quantity : held === (isOwed ? quantity : 0)) continue;
      problems.push(
        `order ${order.orderId} is ${order.status} with ${quantity} of ${sku}, and holds ${held}`,
      );
    }
  }
  for (const [sku, { held, received, shipped, adjusted }] of books.stock) {
    const reserved = [...held.values()].reduce((sum, quantity) => sum + quantity, 0);
    totals.reserved += reserved;
    for (const orderId of held.keys())
      if (!books.orders.get(orderId)?.quantities.has(sku))
        problems.push(`order ${orderId} holds ${held.get(orderId)} of ${sku}, which it does not contain`);
    const document = documents?.stock.get(sku);
    if (documents && document?.reserved !== reserved)
      problems.push(
        `${sku}: ${reserved} reserved by the events, ${document?.reserved ?? 'nothing'} by the API`,
      );
    if (reserved > received - shipped + adjusted) problems.push(`${sku}: more is reserved than there is`);
  }
  const open = openOrders(books).length;
  const text =
    `reserved: ${totals.reserved} = ${totals.owed} of confirmed orders that are not shipped` +
    (open > 0 ? ` + ${totals.reserved - totals.owed} of open orders` : '');
  return { text, problems };
}

function moneyLine({ books, documents }: Evidence): LedgerLine {
  const byCurrency = new Map<string, { captured: number; refunded: number; sold: number }>();
  const problems = [];
  for (const order of books.orders.values()) {
    const { orderId, currency, total, captured, refunded } = order;
    const sums = byCurrency.get(currency) ?? { captured: 0, refunded: 0, sold: 0 };
    byCurrency.set(currency, sums);
    sums.captured += captured;
    sums.refunded += refunded;
    if (isSold(order)) sums.sold += total;
    const kept = captured - refunded;
    if (isOpen(order) ? kept !== 0 && kept !== total : kept !== (isSold(order) ? total : 0))
      problems.push(
        `order ${orderId} is ${order.status} over ${total} ${currency}: ${captured} captured - ${refunded} refunded`,
      );
    const document = documents?.payments.get(orderId) ?? { captured: 0, refunded: 0 };
    if (documents && (document.captured !== captured || document.refunded !== refunded))
      problems.push(
        `payment of ${orderId}: ${captured} captured and ${refunded} refunded by the events, ` +
          `${document.captured} and ${document.refunded} by the API`,
      );
  }
  const sums = [...byCurrency].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const texts = sums.map(
    ([currency, { captured, refunded, sold }]) =>
      `${currency} ${captured} captured - ${refunded} refunded = ${captured - refunded}, of ${sold} sold`,
  );
  return { text: `payments: ${texts.join('; ') || 'none'}`, problems };
}

function mailLine({ books, documents }: Evidence): LedgerLine {
  const problems = [];
  const totals = { 'order-confirmed': 0, 'order-cancelled': 0 };
  for (const order of books.orders.values()) {
    const { orderId, status, hasEmail, wasConfirmed, mails } = order;
    for (const [template, isOwed] of [
      ['order-confirmed', hasEmail && wasConfirmed],
      ['order-cancelled', hasEmail && status === 'cancelled'],
    ] as const) {
      const count = mails.get(template) ?? 0;
      totals[template] += count;
      if (count !== Number(isOwed))
        problems.push(`order ${orderId} is ${status}: ${count} mails ${template}, not ${Number(isOwed)}`);
    }
    const sent = [...mails].flatMap(([template, count]) => Array.from({ length: count }, () => template));
    const listed = documents?.mails.get(orderId);
    if (listed && listed.toSorted().join() !== sent.toSorted().join())
      problems.push(`order ${orderId}: mails ${sent.join()} by the events, ${listed.join()} by the API`);
  }
  const text =
    `mails: ${totals['order-confirmed']} confirmations and ${totals['order-cancelled']} cancellations, ` +
    'one for each order with an address';
  return { text, problems };
}

const lawLine = ({ books: { unlawful }, surprises }: Evidence): LedgerLine => ({
  text: `surprises: ${unlawful.length} forbidden events, ${surprises.length} unexpected answers`,
  problems: [...unlawful, ...surprises],
});

const signed = (number: number): string => (number < 0 ? `- ${-number}` : `+ ${number}`);

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names.toSorted()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const MOST_PROBLEMS = 10;

/** The ledger as people read it. */
export function ledgerText(ledger: readonly LedgerLine[]): string {
  const lines = ledger.flatMap(({ text, problems }) => [
    `${problems.length === 0 ? '  ok  ' : '  NOT '} ${text}`,
    ...problems.slice(0, MOST_PROBLEMS).map((problem) => `         ${problem}`),
    ...(problems.length > MOST_PROBLEMS ? [`         and ${problems.length - MOST_PROBLEMS} more`] : []),
  ]);
  const verdict = addsUp(ledger) ? 'The ledger adds up.' : 'The ledger does not add up.';
  return ['Ledger', ...lines, verdict].join('\n');
}
