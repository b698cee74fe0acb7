// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** The order will not be fulfilled. Only before it was shipped. */
export interface OrderCancelled {
  /** The order. */
  readonly orderId: string;
  /** Why it was cancelled, where somebody said so. */
  readonly reason: string | null;
  /** Why it was cancelled, as a code: requested, out-of-stock, payment-failed, payment-timed-out or payment-rejected. Events written before there were causes have none: those orders were cancelled on request. */
  readonly cause: string | null;
  /** The client's id of the customer. Only old events lack it. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. Only old events lack it. */
  readonly currency: string | null;
  /** The order's total, in minor units of the currency. Only old events lack it. */
  readonly total: number | null;
}

/** Nothing remains to be done for the order. */
export interface OrderCompleted {
  /** The order. */
  readonly orderId: string;
  /** Why, where somebody said so. */
  readonly reason: string | null;
  /** The client's id of the customer. Only old events lack it. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. Only old events lack it. */
  readonly currency: string | null;
  /** The order's total, in minor units of the currency. Only old events lack it. */
  readonly total: number | null;
}

/** The order will be fulfilled: stock is reserved and payment captured, or an operator decided so. */
export interface OrderConfirmed {
  /** The order. */
  readonly orderId: string;
  /** Why, where somebody said so. */
  readonly reason: string | null;
  /** The client's id of the customer. Only old events lack it. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. Only old events lack it. */
  readonly currency: string | null;
  /** The order's total, in minor units of the currency. Only old events lack it. */
  readonly total: number | null;
}

/** A customer in the client's own terms. */
export interface Customer {
  /** The client's id of the customer; never empty. */
  readonly id: string;
  /** Where to write to. */
  readonly email: string | null;
  /** How to address the customer. */
  readonly name: string | null;
}

/** One line of an order. */
export interface OrderItem {
  /** The article. */
  readonly sku: string;
  /** How many, from 1. */
  readonly quantity: number;
  /** Price of one, from 0, in minor units of the order's currency. */
  readonly unitPrice: number;
}

/** How the customer pays. */
export interface OrderPayment {
  /** Stands for the means of payment at the payment gateway. Never a card number. */
  readonly token: string;
  /** Country of the card or account, ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

/** A customer placed an order. What was ordered is fixed from here on. */
export interface OrderCreated {
  /** The order. */
  readonly orderId: string;
  /** Who ordered, as known when the order was placed. */
  readonly customer: Customer;
  /** ISO 4217 code of every amount in this order. */
  readonly currency: string;
  /** What was ordered: 1 to 1,000 lines. */
  readonly items: ReadonlyArray<OrderItem>;
  /** Sum of quantity times unit price over the items, in minor units of the currency. */
  readonly total: number;
  /** Lines of an address by name, in the client's own terms. */
  readonly shippingAddress: Readonly<Record<string, string>> | null;
  /** The client's own labels on the order. Called metadata in the API. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The client's id of the customer, as in customer; every event of an order has it here. */
  readonly customerId: string | null;
  /** How the customer pays; null where the order names no means of payment. */
  readonly payment: OrderPayment | null;
  /** Whether a process manager carries the order from here on. Null on events written before there was one: it leaves those orders alone. */
  readonly fulfilment: boolean | null;
}

/** The shipment reached the customer. */
export interface OrderDelivered {
  /** The order. */
  readonly orderId: string;
  /** Why, where somebody said so. */
  readonly reason: string | null;
  /** The client's id of the customer. Only old events lack it. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. Only old events lack it. */
  readonly currency: string | null;
  /** The order's total, in minor units of the currency. Only old events lack it. */
  readonly total: number | null;
}

/** The order left the warehouse. */
export interface OrderShipped {
  /** The order. */
  readonly orderId: string;
  /** Why, where somebody said so. */
  readonly reason: string | null;
  /** The carrier's number of the shipment. */
  readonly trackingNumber: string | null;
  /** Who carries the shipment, in the client's own terms. */
  readonly carrier: string | null;
  /** The client's id of the customer. Only old events lack it. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. Only old events lack it. */
  readonly currency: string | null;
  /** The order's total, in minor units of the currency. Only old events lack it. */
  readonly total: number | null;
}

/** The data of each event in topic `orders`, by event type. */
export interface OrdersEvents {
  readonly 'order.cancelled': OrderCancelled;
  readonly 'order.completed': OrderCompleted;
  readonly 'order.confirmed': OrderConfirmed;
  readonly 'order.created': OrderCreated;
  readonly 'order.delivered': OrderDelivered;
  readonly 'order.shipped': OrderShipped;
}

export const ORDER_CANCELLED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "OrderCancelled",
  "namespace": "orderstream.orders",
  "eventType": "order.cancelled",
  "doc": "The order will not be fulfilled. Only before it was shipped.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why it was cancelled, where somebody said so." },
    { "name": "cause", "type": ["null", "string"], "default": null, "doc": "Why it was cancelled, as a code: requested, out-of-stock, payment-failed, payment-timed-out or payment-rejected. Events written before there were causes have none: those orders were cancelled on request." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer. Only old events lack it." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total. Only old events lack it." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "The order's total, in minor units of the currency. Only old events lack it." },
  ],
};

export const ORDER_COMPLETED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "OrderCompleted",
  "namespace": "orderstream.orders",
  "eventType": "order.completed",
  "doc": "Nothing remains to be done for the order.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why, where somebody said so." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer. Only old events lack it." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total. Only old events lack it." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "The order's total, in minor units of the currency. Only old events lack it." },
  ],
};

export const ORDER_CONFIRMED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "OrderConfirmed",
  "namespace": "orderstream.orders",
  "eventType": "order.confirmed",
  "doc": "The order will be fulfilled: stock is reserved and payment captured, or an operator decided so.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why, where somebody said so." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer. Only old events lack it." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total. Only old events lack it." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "The order's total, in minor units of the currency. Only old events lack it." },
  ],
};

export const ORDER_CREATED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "OrderCreated",
  "namespace": "orderstream.orders",
  "eventType": "order.created",
  "doc": "A customer placed an order. What was ordered is fixed from here on.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order." },
    { "name": "customer", "doc": "Who ordered, as known when the order was placed.", "type": {
      "type": "record",
      "name": "Customer",
      "doc": "A customer in the client's own terms.",
      "fields": [
        { "name": "id", "type": "string", "doc": "The client's id of the customer; never empty." },
        { "name": "email", "personal": true, "type": ["null", "string"], "default": null, "doc": "Where to write to." },
        { "name": "name", "personal": true, "type": ["null", "string"], "default": null, "doc": "How to address the customer." },
      ],
    } },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount in this order." },
    { "name": "items", "doc": "What was ordered: 1 to 1,000 lines.", "type": { "type": "array", "items": {
      "type": "record",
      "name": "OrderItem",
      "doc": "One line of an order.",
      "fields": [
        { "name": "sku", "type": "string", "doc": "The article." },
        { "name": "quantity", "type": "long", "doc": "How many, from 1." },
        { "name": "unitPrice", "type": "long", "doc": "Price of one, from 0, in minor units of the order's currency." },
      ],
    } } },
    { "name": "total", "type": "long", "doc": "Sum of quantity times unit price over the items, in minor units of the currency." },
    { "name": "shippingAddress", "personal": true, "type": ["null", { "type": "map", "values": "string" }], "default": null, "doc": "Lines of an address by name, in the client's own terms." },
    { "name": "orderMetadata", "dataName": "metadata", "type": { "type": "map", "values": "string" }, "default": {}, "doc": "The client's own labels on the order. Called metadata in the API." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer, as in customer; every event of an order has it here." },
    { "name": "payment", "type": [
      "null",
      {
        "type": "record",
        "name": "OrderPayment",
        "doc": "How the customer pays.",
        "fields": [
          { "name": "token", "withheld": true, "type": "string", "doc": "Stands for the means of payment at the payment gateway. Never a card number." },
          { "name": "country", "type": ["null", "string"], "default": null, "doc": "Country of the card or account, ISO 3166-1 alpha-2." },
        ],
      },
    ], "default": null, "doc": "How the customer pays; null where the order names no means of payment." },
    { "name": "fulfilment", "type": ["null", "boolean"], "default": null, "doc": "Whether a process manager carries the order from here on. Null on events written before there was one: it leaves those orders alone." },
  ],
};

export const ORDER_DELIVERED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "OrderDelivered",
  "namespace": "orderstream.orders",
  "eventType": "order.delivered",
  "doc": "The shipment reached the customer.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why, where somebody said so." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer. Only old events lack it." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total. Only old events lack it." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "The order's total, in minor units of the currency. Only old events lack it." },
  ],
};

export const ORDER_SHIPPED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "OrderShipped",
  "namespace": "orderstream.orders",
  "eventType": "order.shipped",
  "doc": "The order left the warehouse.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order." },
    { "name": "reason", "type": ["null", "string"], "default": null, "doc": "Why, where somebody said so." },
    { "name": "trackingNumber", "type": ["null", "string"], "default": null, "doc": "The carrier's number of the shipment." },
    { "name": "carrier", "type": ["null", "string"], "default": null, "doc": "Who carries the shipment, in the client's own terms." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer. Only old events lack it." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total. Only old events lack it." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "The order's total, in minor units of the currency. Only old events lack it." },
  ],
};
