// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** A reviewer approved the payment. */
export interface PaymentApproved {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** Why, in the reviewer's words. */
  readonly reason: string | null;
}

/** The gateway holds the amount on the customer's account. */
export interface PaymentAuthorized {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** The amount held, in minor units. */
  readonly amount: number;
  /** The payment gateway. */
  readonly gateway: string;
  /** The gateway's id of the authorization. */
  readonly reference: string;
}

/** The gateway took the money. */
export interface PaymentCaptured {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** The amount taken, in minor units. */
  readonly amount: number;
  /** The payment gateway; null if none was involved. */
  readonly gateway: string | null;
  /** The gateway's id of the authorization, if there is one. */
  readonly reference: string | null;
}

/** The gateway declined the payment. */
export interface PaymentFailed {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** The payment gateway; null if none was involved. */
  readonly gateway: string | null;
  /** Why, in the gateway's words. They change with the gateway; count by cause. */
  readonly reason: string;
  /** Why, as a code: declined, insufficient-funds, card-expired, card-details-wrong, authentication-required, no-means-of-payment, amount-unsupported, authorization-ended, gateway-fault or other. Events written before there were causes have none in the topic; whatever Orderstream hands out has it from their words. */
  readonly cause: string | null;
}

/** A fraud rule or the gateway asks a person to review the payment. */
export interface PaymentFlagged {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** The payment gateway; null if none was involved. */
  readonly gateway: string | null;
  /** The gateway's id of the authorization, if there is one. */
  readonly reference: string | null;
  /** Why it needs a review. */
  readonly reason: string;
}

/** Captured money went back to the customer. */
export interface PaymentRefunded {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** The refund. */
  readonly refundId: string;
  /** The amount of this refund, in minor units. */
  readonly amount: number;
  /** The sum of all refunds so far, in minor units. */
  readonly refunded: number;
  /** The payment gateway; null if none was involved. */
  readonly gateway: string | null;
  /** The gateway's id of the authorization, if there is one. */
  readonly reference: string | null;
  /** Why it was refunded. */
  readonly reason: string | null;
}

/** A reviewer rejected the payment. It has failed. */
export interface PaymentRejected {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** Why, in the reviewer's words. */
  readonly reason: string | null;
}

/** The authorization was given up before any money was taken. No later one is accepted. */
export interface PaymentVoided {
  /** The order that is paid. */
  readonly orderId: string;
  /** The customer, in the client's own terms. */
  readonly customerId: string;
  /** ISO 4217 code of every amount here. */
  readonly currency: string;
  /** The order's total in minor units, which is the amount to pay. */
  readonly total: number;
  /** The payment gateway; null if none was involved. */
  readonly gateway: string | null;
  /** The gateway's id of the authorization, if there is one. */
  readonly reference: string | null;
  /** Why it was given up. */
  readonly reason: string | null;
}

/** The data of each event in topic `payments`, by event type. */
export interface PaymentsEvents {
  readonly 'payment.approved': PaymentApproved;
  readonly 'payment.authorized': PaymentAuthorized;
  readonly 'payment.captured': PaymentCaptured;
  readonly 'payment.failed': PaymentFailed;
  readonly 'payment.flagged': PaymentFlagged;
  readonly 'payment.refunded': PaymentRefunded;
  readonly 'payment.rejected': PaymentRejected;
  readonly 'payment.voided': PaymentVoided;
}

export const PAYMENT_APPROVED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentApproved",
  "namespace": "orderstream.payments",
  "eventType": "payment.approved",
  "doc": "A reviewer approved the payment.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why, in the reviewer's words." },
  ],
};

export const PAYMENT_AUTHORIZED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentAuthorized",
  "namespace": "orderstream.payments",
  "eventType": "payment.authorized",
  "doc": "The gateway holds the amount on the customer's account.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "amount", "type": "long", "doc": "The amount held, in minor units." },
    { "name": "gateway", "type": "string", "doc": "The payment gateway." },
    { "name": "reference", "type": "string", "doc": "The gateway's id of the authorization." },
  ],
};

export const PAYMENT_CAPTURED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentCaptured",
  "namespace": "orderstream.payments",
  "eventType": "payment.captured",
  "doc": "The gateway took the money.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "amount", "type": "long", "doc": "The amount taken, in minor units." },
    { "name": "gateway", "type": ["null", "string"], "default": null, "doc": "The payment gateway; null if none was involved." },
    { "name": "reference", "type": ["null", "string"], "default": null, "doc": "The gateway's id of the authorization, if there is one." },
  ],
};

export const PAYMENT_FAILED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentFailed",
  "namespace": "orderstream.payments",
  "eventType": "payment.failed",
  "doc": "The gateway declined the payment.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "gateway", "type": ["null", "string"], "default": null, "doc": "The payment gateway; null if none was involved." },
    { "name": "reason", "type": "string", "doc": "Why, in the gateway's words. They change with the gateway; count by cause." },
    { "name": "cause", "type": ["null", "string"], "default": null, "doc": "Why, as a code: declined, insufficient-funds, card-expired, card-details-wrong, authentication-required, no-means-of-payment, amount-unsupported, authorization-ended, gateway-fault or other. Events written before there were causes have none in the topic; whatever Orderstream hands out has it from their words." },
  ],
};

export const PAYMENT_FLAGGED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentFlagged",
  "namespace": "orderstream.payments",
  "eventType": "payment.flagged",
  "doc": "A fraud rule or the gateway asks a person to review the payment.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "gateway", "type": ["null", "string"], "default": null, "doc": "The payment gateway; null if none was involved." },
    { "name": "reference", "type": ["null", "string"], "default": null, "doc": "The gateway's id of the authorization, if there is one." },
    { "name": "reason", "type": "string", "doc": "Why it needs a review." },
  ],
};

export const PAYMENT_REFUNDED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentRefunded",
  "namespace": "orderstream.payments",
  "eventType": "payment.refunded",
  "doc": "Captured money went back to the customer.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "refundId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The refund." },
    { "name": "amount", "type": "long", "doc": "The amount of this refund, in minor units." },
    { "name": "refunded", "type": "long", "doc": "The sum of all refunds so far, in minor units." },
    { "name": "gateway", "type": ["null", "string"], "default": null, "doc": "The payment gateway; null if none was involved." },
    { "name": "reference", "type": ["null", "string"], "default": null, "doc": "The gateway's id of the authorization, if there is one." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why it was refunded." },
  ],
};

export const PAYMENT_REJECTED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentRejected",
  "namespace": "orderstream.payments",
  "eventType": "payment.rejected",
  "doc": "A reviewer rejected the payment. It has failed.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why, in the reviewer's words." },
  ],
};

export const PAYMENT_VOIDED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "PaymentVoided",
  "namespace": "orderstream.payments",
  "eventType": "payment.voided",
  "doc": "The authorization was given up before any money was taken. No later one is accepted.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that is paid." },
    { "name": "customerId", "type": "string", "doc": "The customer, in the client's own terms." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount here." },
    { "name": "total", "type": "long", "doc": "The order's total in minor units, which is the amount to pay." },
    { "name": "gateway", "type": ["null", "string"], "default": null, "doc": "The payment gateway; null if none was involved." },
    { "name": "reference", "type": ["null", "string"], "default": null, "doc": "The gateway's id of the authorization, if there is one." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why it was given up." },
  ],
};
