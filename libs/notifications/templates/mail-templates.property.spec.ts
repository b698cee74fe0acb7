import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { MAIL_TEMPLATES } from '../notification.js';
import { type MailFacts, renderMail } from './mail-templates.js';
import { formatMoney } from './money.js';
import { headerText } from './safe-text.js';

/** What breaks out of markup, headers and lines, amid any text. */
const typed = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('<', '>', '"', "'", '&', ';', '/', ' ', 'a', '\r', '\n', '\0'),
    maxLength: 40,
  }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    '&lt;b&gt;',
    'Ada\r\nBcc: eve@example.com',
    'Ada\u2028Bcc: eve@example.com',
    'Ada\u0085Bcc: eve@example.com',
    '\r\n.\r\nQUIT\r\n',
    '\u202egnp.exe',
    '\ud800',
    '',
  ),
);
const maybe = fc.option(typed);
const facts: fc.Arbitrary<MailFacts> = fc.record({
  customerName: maybe,
  orderId: maybe,
  currency: fc.oneof(fc.constantFrom('EUR', 'JPY', 'BHD', 'CLF', 'XXX'), typed),
  items: fc.array(fc.record({ sku: typed, quantity: fc.integer({ min: 1, max: 9 }), unitPrice: fc.nat() }), {
    maxLength: 3,
  }),
  total: fc.maxSafeNat(),
  cause: maybe,
  amount: fc.option(fc.maxSafeNat()),
  carrier: maybe,
  trackingNumber: maybe,
});
const template = fc.constantFrom(...MAIL_TEMPLATES);

/** The facts with every typed text replaced by a harmless one, so that its mail has the same structure. */
const harmless = ({ items, ...rest }: MailFacts): MailFacts => {
  const word = (text: string | null) => text && (/^[A-Z]{3}$/.test(text) ? text : 'x');
  return {
    ...rest,
    customerName: word(rest.customerName),
    orderId: word(rest.orderId),
    currency: word(rest.currency) ?? '',
    carrier: word(rest.carrier),
    trackingNumber: word(rest.trackingNumber),
    cause: rest.cause,
    items: items.map((item) => ({ ...item, sku: word(item.sku) ?? '' })),
  };
};

const tagsOf = (html: string) => html.match(/<[^>]*>/g);
/** Line ends that any mail reader knows. */
const LINES = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

describe('whatever was typed', () => {
  itForAll('adds no markup, and nothing that could begin any', [template, facts], (name, given) => {
    const html = renderMail(name, given).html;
    expect(tagsOf(html)).toEqual(tagsOf(renderMail(name, harmless(given)).html));
    const text = html.replaceAll(/<[^>]*>/g, '');
    expect(text).not.toMatch(/[<>"']/);
    expect(text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
  });

  itForAll('adds no line to the text', [template, facts], (name, given) => {
    const lines = (of: MailFacts) => renderMail(name, of).text.split(LINES).length;
    expect(lines(given)).toBe(lines(harmless(given)));
  });

  itForAll('adds no header: the subject is one bounded line', [template, facts], (name, given) => {
    const { subject } = renderMail(name, given);
    expect(subject).toBe(headerText(subject));
    expect(subject).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(subject).toMatch(/^Your /);
  });

  itForAll('makes a header text of one line, up to 200 characters', [typed], (text) => {
    const header = headerText(text);
    expect(header).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(Array.from(header).length).toBeLessThanOrEqual(200);
    expect(headerText(header)).toBe(header);
  });
});

itForAll(
  'money keeps every digit',
  [fc.maxSafeNat(), fc.constantFrom('EUR', 'JPY', 'BHD', 'CLF', 'XAU')],
  (amount, currency) => {
    const digits = formatMoney(amount, currency).replaceAll(/\D/g, '');
    expect(BigInt(digits)).toBe(BigInt(amount));
  },
);
