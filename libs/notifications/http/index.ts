import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';
import { type Stream, withoutNulls } from '#libs/kernel';
import { PageTokens, pageEndTime, pagingParameters } from '#libs/platform';
import {
  isRecorded,
  MAIL_TEMPLATES,
  NOTIFICATION_STATUSES,
  type NotificationState,
} from '../notification.js';

export const notificationListSchema = z.strictObject({
  orderId: z.uuid().toLowerCase().optional().describe('Mails about this order.'),
  cartId: storableText(1, 200).optional().describe('Mails about this cart.'),
  ...pagingParameters,
});
export const notificationPages = new PageTokens({ createdAt: pageEndTime, key: z.uuid() });

/** A mail in the responses of queries. */
export const notificationDocumentSchema = z
  .object({
    notificationId: z.uuid(),
    template: z.enum(MAIL_TEMPLATES),
    to: z.string(),
    subject: z.string(),
    status: z.enum(NOTIFICATION_STATUSES).describe('`failed`: the mail server refused it for good.'),
    error: z.string().optional().describe('Why it failed, in the words of the mail server.'),
    messageId: z.string().describe('The Message-ID header, without angle brackets.'),
    orderId: z.uuid().optional(),
    cartId: z.string().optional(),
    customerId: z.string(),
    currency: z.string(),
    total: z.int().describe('Of the order or cart, in minor units of the currency.'),
    sentAt: timestampSchema.describe('When the mail server accepted or refused it.'),
  })
  .meta({ id: 'Notification' });

export type NotificationListQuery = z.output<typeof notificationListSchema>;
export type NotificationDocument = z.infer<typeof notificationDocumentSchema>;

/** @throws for a stream without events */
export function notificationDocument({ state, createdAt }: Stream<NotificationState>): NotificationDocument {
  if (!isRecorded(state)) throw new Error('a notification without events has no document');
  const { orderId, cartId, error, ...mail } = state;
  return {
    ...mail,
    sentAt: createdAt,
    ...(withoutNulls({ orderId, cartId, error }) as Pick<
      NotificationDocument,
      'orderId' | 'cartId' | 'error'
    >),
  };
}
