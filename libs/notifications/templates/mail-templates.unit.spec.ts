import { type MailFacts, renderMail } from './mail-templates.js';
import { formatMoney } from './money.js';

const orderId = '0197a2f0-0000-7000-8000-000000000001';
const facts: MailFacts = {
  customerName: 'Ada',
  orderId,
  currency: 'EUR',
  items: [
    { sku: 'tea', quantity: 2, unitPrice: 450 },
    { sku: 'cup', quantity: 1, unitPrice: 1_000 },
  ],
  total: 1_900,
  cause: null,
  amount: null,
  carrier: null,
  trackingNumber: null,
};

describe('a mail', () => {
  it('greets, says what happened and lists what was ordered, in text and HTML alike', () => {
    const { subject, text, html } = renderMail('order-confirmed', facts);
    expect(subject).toBe(`Your order is confirmed (${orderId})`);
    expect(text).toBe(
      [
        'Hello Ada,',
        '',
        'Thank you for your order. It is confirmed, and we are preparing it for shipment.',
        '',
        '2 × tea: €9.00',
        '1 × cup: €10.00',
        'Total: €19.00',
        `Order: ${orderId}`,
        '',
      ].join('\n'),
    );
    for (const part of ['Hello Ada,', '2 × tea', '€9.00', '€19.00', orderId]) expect(html).toContain(part);
  });

  it.each([
    ['requested', 'cancelled on request'],
    ['out-of-stock', 'no longer in stock'],
    ['payment-failed', 'payment was declined'],
    ['payment-timed-out', 'not confirmed in time'],
    ['payment-rejected', 'could not accept your payment'],
  ])('says why an order was cancelled: %s', (cause, words) => {
    const { text, html } = renderMail('order-cancelled', { ...facts, cause });
    for (const part of [text, html]) {
      expect(part).toContain(words);
      expect(part).not.toContain(cause);
    }
  });

  it.each([null, 'unheard-of', 'constructor', '__proto__'])('needs no known cause: %p', (cause) => {
    expect(renderMail('order-cancelled', { ...facts, cause }).text).toMatch(
      /^Hello Ada,\n\nYour order was cancelled\.\n\n2 × tea/,
    );
  });

  it('names carrier and tracking number where they are known', () => {
    expect(renderMail('order-shipped', { ...facts, carrier: 'UPS', trackingNumber: '1Z9' }).text).toMatch(
      /left with UPS\.\n\nTracking number: 1Z9\n/,
    );
    expect(renderMail('order-shipped', facts).text).not.toMatch(/null|Tracking/);
  });

  it('names the amount of a refund, and leaves out the items', () => {
    const { text } = renderMail('payment-refunded', { ...facts, amount: 450 });
    expect(text).toContain('refunded €4.50');
    expect(text).not.toContain('tea');
    expect(renderMail('payment-failed', facts).text).toContain('have not been charged');
  });

  it('reminds of a cart, which has no order', () => {
    const { subject, text } = renderMail('cart-reminder', { ...facts, orderId: null, customerName: null });
    expect(subject).toBe('Your cart is waiting');
    expect(text).toMatch(/^Hello,\n/);
    expect(text).not.toContain('Order:');
  });

  it('cuts a long list, and says how much', () => {
    const items = Array.from({ length: 1_000 }, (_, index) => ({
      sku: `sku-${index}`,
      quantity: 1,
      unitPrice: 1,
    }));
    const { text } = renderMail('order-confirmed', { ...facts, items });
    expect(text.match(/× sku-/g)).toHaveLength(50);
    expect(text).toContain('And more articles: 950');
  });
});

describe('money', () => {
  it.each([
    [1_290, 'EUR', '€12.90'],
    [5, 'USD', '$0.05'],
    [0, 'EUR', '€0.00'],
    [1_290, 'JPY', '¥1,290'],
    [1_290, 'KRW', '₩1,290'],
    [1_290, 'BHD', 'BHD 1.290'],
    [7, 'TND', 'TND 0.007'],
    [12_345, 'CLF', 'CLF 1.2345'],
    [1_290, 'XAU', 'XAU 1,290'],
    [1, 'XDR', 'XDR 1'],
    [0, 'XXX', '¤0'],
    [1_290, 'AFN', 'AFN 12.90'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '€90,071,992,547,409.91'],
    [Number.MAX_SAFE_INTEGER, 'KWD', 'KWD 9,007,199,254,740.991'],
    [12, 'euro', '12 euro'],
  ])('shows %d minor units of %s as %s', (amount, currency, shown) => {
    expect(formatMoney(amount, currency).replaceAll('\u00a0', ' ')).toBe(shown);
  });
});
