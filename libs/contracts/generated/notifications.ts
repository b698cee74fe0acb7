// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** A mail server refused a mail to a customer for good. It is not tried again. */
export interface EmailFailed {
  /** The mail; the same id on every repeat. */
  readonly notificationId: string;
  /** What the mail says, such as order-confirmed or cart-reminder. */
  readonly template: string;
  /** The recipient's address. */
  readonly to: string;
  /** Its Subject header. */
  readonly subject: string;
  /** Its Message-ID header, without angle brackets; the same on every repeat. */
  readonly messageId: string;
  /** The order that it is about; null for a mail about a cart. */
  readonly orderId: string | null;
  /** The cart that it is about; null for a mail about an order. */
  readonly cartId: string | null;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of the total. */
  readonly currency: string;
  /** Total of the order or cart, in minor units. */
  readonly total: number;
  /** Why the mail server refused it, in its words; null unless it failed. */
  readonly error: string | null;
}

/** A mail server accepted a mail to a customer. */
export interface EmailSent {
  /** The mail; the same id on every repeat. */
  readonly notificationId: string;
  /** What the mail says, such as order-confirmed or cart-reminder. */
  readonly template: string;
  /** The recipient's address. */
  readonly to: string;
  /** Its Subject header. */
  readonly subject: string;
  /** Its Message-ID header, without angle brackets; the same on every repeat. */
  readonly messageId: string;
  /** The order that it is about; null for a mail about a cart. */
  readonly orderId: string | null;
  /** The cart that it is about; null for a mail about an order. */
  readonly cartId: string | null;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of the total. */
  readonly currency: string;
  /** Total of the order or cart, in minor units. */
  readonly total: number;
  /** Why the mail server refused it, in its words; null unless it failed. */
  readonly error: string | null;
}

/** The data of each event in topic `notifications`, by event type. */
export interface NotificationsEvents {
  readonly 'email.failed': EmailFailed;
  readonly 'email.sent': EmailSent;
}

export const EMAIL_FAILED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "EmailFailed",
  "namespace": "orderstream.notifications",
  "eventType": "email.failed",
  "doc": "A mail server refused a mail to a customer for good. It is not tried again.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "notificationId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The mail; the same id on every repeat." },
    { "name": "template", "type": "string", "doc": "What the mail says, such as order-confirmed or cart-reminder." },
    { "name": "to", "personal": true, "type": "string", "doc": "The recipient's address." },
    { "name": "subject", "type": "string", "doc": "Its Subject header." },
    { "name": "messageId", "type": "string", "doc": "Its Message-ID header, without angle brackets; the same on every repeat." },
    { "name": "orderId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The order that it is about; null for a mail about a cart." },
    { "name": "cartId", "type": ["null", "string"], "default": null, "doc": "The cart that it is about; null for a mail about an order." },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of the total." },
    { "name": "total", "type": "long", "doc": "Total of the order or cart, in minor units." },
    { "name": "error", "personal": true, "type": ["null", "string"], "default": null, "doc": "Why the mail server refused it, in its words; null unless it failed." },
  ],
};

export const EMAIL_SENT_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "EmailSent",
  "namespace": "orderstream.notifications",
  "eventType": "email.sent",
  "doc": "A mail server accepted a mail to a customer.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "notificationId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The mail; the same id on every repeat." },
    { "name": "template", "type": "string", "doc": "What the mail says, such as order-confirmed or cart-reminder." },
    { "name": "to", "personal": true, "type": "string", "doc": "The recipient's address." },
    { "name": "subject", "type": "string", "doc": "Its Subject header." },
    { "name": "messageId", "type": "string", "doc": "Its Message-ID header, without angle brackets; the same on every repeat." },
    { "name": "orderId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The order that it is about; null for a mail about a cart." },
    { "name": "cartId", "type": ["null", "string"], "default": null, "doc": "The cart that it is about; null for a mail about an order." },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of the total." },
    { "name": "total", "type": "long", "doc": "Total of the order or cart, in minor units." },
    { "name": "error", "personal": true, "type": ["null", "string"], "default": null, "doc": "Why the mail server refused it, in its words; null unless it failed." },
  ],
};
