import type { MailDetails } from '../notification.js';

const notificationId = '0197a2f0-0000-7000-8000-0000000000aa';

/** A mail about an order; name what the test is about. */
export const someMail = (given: Partial<MailDetails> = {}): MailDetails => ({
  notificationId,
  template: 'order-confirmed',
  to: 'ada@example.com',
  subject: 'Your order is confirmed',
  messageId: `${notificationId}@example.com`,
  orderId: '0197a2f0-0000-7000-8000-000000000001',
  cartId: null,
  customerId: 'c-1',
  currency: 'EUR',
  total: 900,
  ...given,
});
