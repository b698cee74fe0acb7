/** The mails that customers get. */
export const MAIL_TEMPLATES = [
  'order-confirmed',
  'order-shipped',
  'order-cancelled',
  'payment-failed',
  'payment-refunded',
  'cart-reminder',
] as const;
export type MailTemplate = (typeof MAIL_TEMPLATES)[number];

/** One mail to one customer. Never holds the body. */
export interface MailDetails {
  /** A UUIDv5 of its cause, so the same mail always has the same id. */
  readonly notificationId: string;
  readonly template: MailTemplate;
  /** The recipient's address. */
  readonly to: string;
  readonly subject: string;
  /** The `Message-ID` header, without angle brackets; the same on every repeat. */
  readonly messageId: string;
  readonly orderId: string | null;
  readonly cartId: string | null;
  readonly customerId: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Minor units: the total of the order or cart. */
  readonly total: number;
}

export const NOTIFICATION_STATUSES = ['sent', 'failed'] as const;

export interface Notification extends MailDetails {
  readonly status: (typeof NOTIFICATION_STATUSES)[number];
  /** Why it failed, in the words of the mail server. */
  readonly error: string | null;
}

export type NotificationState = { readonly status: 'none' } | Notification;

export const isRecorded = (state: NotificationState): state is Notification => state.status !== 'none';
