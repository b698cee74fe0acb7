import type { MailTemplate } from '../notification.js';
import { type MailPage, pageAsHtml, pageAsText } from './mail-page.js';
import { formatMoney } from './money.js';
import { headerText } from './safe-text.js';

interface MailItem {
  readonly sku: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
}

/** What a mail can tell. A template leaves out what is null. */
export interface MailFacts {
  readonly customerName: string | null;
  readonly orderId: string | null;
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly MailItem[];
  /** Minor units: of the order or cart. */
  readonly total: number;
  /** Why the order was cancelled, as in its document. */
  readonly cause: string | null;
  /** Minor units: what was refunded. */
  readonly amount: number | null;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Longer orders are cut: a mail is no invoice. */
const MAX_ITEMS = 50;

/** Causes in the customer's words. */
const CAUSES: ReadonlyMap<string, string> = new Map([
  ['requested', 'It was cancelled on request. If you have already paid, you get the full amount back.'],
  [
    'out-of-stock',
    'We are sorry: at least one of the articles is no longer in stock. You have not been charged.',
  ],
  ['payment-failed', 'Your payment was declined, so you have not been charged.'],
  [
    'payment-timed-out',
    'Your payment was not confirmed in time. Should your bank have reserved the amount, it is released.',
  ],
  [
    'payment-rejected',
    'We could not accept your payment. Should your bank have reserved the amount, it is released.',
  ],
]);

/** The paragraphs after the greeting, and whether the items follow. */
interface Template {
  readonly title: string;
  readonly says: (facts: MailFacts) => readonly string[];
  readonly listsItems: boolean;
}

const TEMPLATES: Readonly<Record<MailTemplate, Template>> = {
  'order-confirmed': {
    title: 'Your order is confirmed',
    says: () => ['Thank you for your order. It is confirmed, and we are preparing it for shipment.'],
    listsItems: true,
  },
  'order-shipped': {
    title: 'Your order is on its way',
    says: ({ carrier, trackingNumber }) => [
      carrier === null ? 'Your order has left our warehouse.' : `Your order has left with ${carrier}.`,
      trackingNumber === null ? '' : `Tracking number: ${trackingNumber}`,
    ],
    listsItems: true,
  },
  'order-cancelled': {
    title: 'Your order was cancelled',
    says: ({ cause }) => ['Your order was cancelled.', CAUSES.get(cause ?? '') ?? ''],
    listsItems: true,
  },
  'payment-failed': {
    title: 'Your payment failed',
    says: () => [
      'Your payment did not go through, and you have not been charged.',
      'Your bank can tell you why. You are welcome to order again with another means of payment.',
    ],
    listsItems: false,
  },
  'payment-refunded': {
    title: 'Your refund',
    says: ({ amount, currency }) => [
      amount === null
        ? 'We have refunded your payment.'
        : `We have refunded ${formatMoney(amount, currency)} of your payment.`,
      'It can take a few days until the amount is on your account.',
    ],
    listsItems: false,
  },
  'cart-reminder': {
    title: 'Your cart is waiting',
    says: () => ['You left these articles in your cart. They are still there if you want them.'],
    listsItems: true,
  },
};

/** Typed text in the facts never becomes markup, a header or a line of its own. */
export function renderMail(template: MailTemplate, facts: MailFacts): RenderedMail {
  const { title, says, listsItems } = TEMPLATES[template];
  const { customerName, orderId, currency, total } = facts;
  const page: MailPage = {
    title,
    paragraphs: [
      customerName === null ? 'Hello,' : `Hello ${customerName},`,
      ...says(facts).filter((text) => text !== ''),
    ],
    rows: [
      ...(listsItems ? itemRows(facts) : []),
      ['Total', formatMoney(total, currency)],
      ...(orderId === null ? [] : [['Order', orderId] as const]),
    ],
  };
  const subject = headerText(orderId === null ? title : `${title} (${orderId})`);
  return { subject, text: pageAsText(page), html: pageAsHtml(page) };
}

function itemRows({ items, currency }: MailFacts): MailPage['rows'] {
  const rows = items
    .slice(0, MAX_ITEMS)
    .map(
      ({ sku, quantity, unitPrice }) =>
        [`${quantity} × ${sku}`, formatMoney(quantity * unitPrice, currency)] as const,
    );
  const more = items.length - rows.length;
  return more > 0 ? [...rows, ['And more articles', String(more)]] : rows;
}
