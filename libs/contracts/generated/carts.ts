// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** One article in a cart. */
export interface CartItem {
  /** The article. */
  readonly sku: string;
  /** How many, from 1. */
  readonly quantity: number;
  /** Price of one, from 0, in minor units of the currency. */
  readonly unitPrice: number;
}

/** A cart with articles was left alone for the configured time. */
export interface CartAbandoned {
  /** The cart, as the client calls it. */
  readonly cartId: string;
  /** What is in the cart: 1 to 1,000 articles. */
  readonly items: ReadonlyArray<CartItem>;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of every amount in the cart. */
  readonly currency: string;
  /** Sum of quantity times unit price after this event, in minor units. */
  readonly total: number;
}

/** How the customer pays. */
export interface CartPayment {
  /** Stands for the means of payment at the payment gateway. Never a card number. */
  readonly token: string;
  /** Country of the card or account, ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

/** The customer ordered what is in the cart, which changes no more. */
export interface CartCheckedOut {
  /** The cart, as the client calls it. */
  readonly cartId: string;
  /** What is in the cart: 1 to 1,000 articles. */
  readonly items: ReadonlyArray<CartItem>;
  /** The order that follows. */
  readonly orderId: string;
  /** How the customer pays; null where the checkout names no means of payment. */
  readonly payment: CartPayment | null;
  /** Lines of an address by name, in the client's own terms. */
  readonly shippingAddress: Readonly<Record<string, string>> | null;
  /** The client's own labels on the order. Called metadata in the API. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of every amount in the cart. */
  readonly currency: string;
  /** Sum of quantity times unit price after this event, in minor units. */
  readonly total: number;
}

/** A customer in the client's own terms. */
export interface CartCustomer {
  /** The client's id of the customer; never empty. */
  readonly id: string;
  /** Where to write to. */
  readonly email: string | null;
  /** How to address the customer. */
  readonly name: string | null;
}

/** A customer began a cart. */
export interface CartCreated {
  /** The cart, as the client calls it. */
  readonly cartId: string;
  /** Whose cart it is. */
  readonly customer: CartCustomer;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of every amount in the cart. */
  readonly currency: string;
  /** Sum of quantity times unit price after this event, in minor units. */
  readonly total: number;
  /** Whether a process manager watches over the cart: it calls an abandoned one so, and reminds its customer once. */
  readonly fulfilment: boolean;
}

/** An article was taken out of a cart. An abandoned cart is open again. */
export interface CartItemRemoved {
  /** The cart, as the client calls it. */
  readonly cartId: string;
  /** The article. */
  readonly sku: string;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of every amount in the cart. */
  readonly currency: string;
  /** Sum of quantity times unit price after this event, in minor units. */
  readonly total: number;
}

/** An article was put into a cart, or its quantity or price changed. An abandoned cart is open again. */
export interface CartItemSet {
  /** The cart, as the client calls it. */
  readonly cartId: string;
  /** The article. */
  readonly sku: string;
  /** How many, from 1. */
  readonly quantity: number;
  /** Price of one, from 0, in minor units of the currency. */
  readonly unitPrice: number;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of every amount in the cart. */
  readonly currency: string;
  /** Sum of quantity times unit price after this event, in minor units. */
  readonly total: number;
}

/** The customer or the currency of a cart was set again. An abandoned cart is open again. */
export interface CartUpdated {
  /** The cart, as the client calls it. */
  readonly cartId: string;
  /** Whose cart it is. */
  readonly customer: CartCustomer;
  /** The client's id of the customer. */
  readonly customerId: string;
  /** ISO 4217 code of every amount in the cart. */
  readonly currency: string;
  /** Sum of quantity times unit price after this event, in minor units. */
  readonly total: number;
}

/** The data of each event in topic `carts`, by event type. */
export interface CartsEvents {
  readonly 'cart.abandoned': CartAbandoned;
  readonly 'cart.checked-out': CartCheckedOut;
  readonly 'cart.created': CartCreated;
  readonly 'cart.item-removed': CartItemRemoved;
  readonly 'cart.item-set': CartItemSet;
  readonly 'cart.updated': CartUpdated;
}

export const CART_ABANDONED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "CartAbandoned",
  "namespace": "orderstream.carts",
  "eventType": "cart.abandoned",
  "doc": "A cart with articles was left alone for the configured time.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "cartId", "type": "string", "doc": "The cart, as the client calls it." },
    { "name": "items", "doc": "What is in the cart: 1 to 1,000 articles.", "type": { "type": "array", "items": {
      "type": "record",
      "name": "CartItem",
      "doc": "One article in a cart.",
      "fields": [
        { "name": "sku", "type": "string", "doc": "The article." },
        { "name": "quantity", "type": "long", "doc": "How many, from 1." },
        { "name": "unitPrice", "type": "long", "doc": "Price of one, from 0, in minor units of the currency." },
      ],
    } } },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount in the cart." },
    { "name": "total", "type": "long", "doc": "Sum of quantity times unit price after this event, in minor units." },
  ],
};

export const CART_CHECKED_OUT_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "CartCheckedOut",
  "namespace": "orderstream.carts",
  "eventType": "cart.checked-out",
  "doc": "The customer ordered what is in the cart, which changes no more.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "cartId", "type": "string", "doc": "The cart, as the client calls it." },
    { "name": "items", "doc": "What is in the cart: 1 to 1,000 articles.", "type": { "type": "array", "items": {
      "type": "record",
      "name": "CartItem",
      "doc": "One article in a cart.",
      "fields": [
        { "name": "sku", "type": "string", "doc": "The article." },
        { "name": "quantity", "type": "long", "doc": "How many, from 1." },
        { "name": "unitPrice", "type": "long", "doc": "Price of one, from 0, in minor units of the currency." },
      ],
    } } },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that follows." },
    { "name": "payment", "type": [
      "null",
      {
        "type": "record",
        "name": "CartPayment",
        "doc": "How the customer pays.",
        "fields": [
          { "name": "token", "withheld": true, "type": "string", "doc": "Stands for the means of payment at the payment gateway. Never a card number." },
          { "name": "country", "type": ["null", "string"], "default": null, "doc": "Country of the card or account, ISO 3166-1 alpha-2." },
        ],
      },
    ], "default": null, "doc": "How the customer pays; null where the checkout names no means of payment." },
    { "name": "shippingAddress", "personal": true, "type": ["null", { "type": "map", "values": "string" }], "default": null, "doc": "Lines of an address by name, in the client's own terms." },
    { "name": "orderMetadata", "dataName": "metadata", "type": { "type": "map", "values": "string" }, "default": {}, "doc": "The client's own labels on the order. Called metadata in the API." },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount in the cart." },
    { "name": "total", "type": "long", "doc": "Sum of quantity times unit price after this event, in minor units." },
  ],
};

export const CART_CREATED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "CartCreated",
  "namespace": "orderstream.carts",
  "eventType": "cart.created",
  "doc": "A customer began a cart.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "cartId", "type": "string", "doc": "The cart, as the client calls it." },
    { "name": "customer", "doc": "Whose cart it is.", "type": {
      "type": "record",
      "name": "CartCustomer",
      "doc": "A customer in the client's own terms.",
      "fields": [
        { "name": "id", "type": "string", "doc": "The client's id of the customer; never empty." },
        { "name": "email", "personal": true, "type": ["null", "string"], "default": null, "doc": "Where to write to." },
        { "name": "name", "personal": true, "type": ["null", "string"], "default": null, "doc": "How to address the customer." },
      ],
    } },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount in the cart." },
    { "name": "total", "type": "long", "doc": "Sum of quantity times unit price after this event, in minor units." },
    { "name": "fulfilment", "type": "boolean", "doc": "Whether a process manager watches over the cart: it calls an abandoned one so, and reminds its customer once." },
  ],
};

export const CART_ITEM_REMOVED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "CartItemRemoved",
  "namespace": "orderstream.carts",
  "eventType": "cart.item-removed",
  "doc": "An article was taken out of a cart. An abandoned cart is open again.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "cartId", "type": "string", "doc": "The cart, as the client calls it." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount in the cart." },
    { "name": "total", "type": "long", "doc": "Sum of quantity times unit price after this event, in minor units." },
  ],
};

export const CART_ITEM_SET_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "CartItemSet",
  "namespace": "orderstream.carts",
  "eventType": "cart.item-set",
  "doc": "An article was put into a cart, or its quantity or price changed. An abandoned cart is open again.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "cartId", "type": "string", "doc": "The cart, as the client calls it." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "quantity", "type": "long", "doc": "How many, from 1." },
    { "name": "unitPrice", "type": "long", "doc": "Price of one, from 0, in minor units of the currency." },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount in the cart." },
    { "name": "total", "type": "long", "doc": "Sum of quantity times unit price after this event, in minor units." },
  ],
};

export const CART_UPDATED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "CartUpdated",
  "namespace": "orderstream.carts",
  "eventType": "cart.updated",
  "doc": "The customer or the currency of a cart was set again. An abandoned cart is open again.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "cartId", "type": "string", "doc": "The cart, as the client calls it." },
    { "name": "customer", "doc": "Whose cart it is.", "type": {
      "type": "record",
      "name": "CartCustomer",
      "doc": "A customer in the client's own terms.",
      "fields": [
        { "name": "id", "type": "string", "doc": "The client's id of the customer; never empty." },
        { "name": "email", "personal": true, "type": ["null", "string"], "default": null, "doc": "Where to write to." },
        { "name": "name", "personal": true, "type": ["null", "string"], "default": null, "doc": "How to address the customer." },
      ],
    } },
    { "name": "customerId", "type": "string", "doc": "The client's id of the customer." },
    { "name": "currency", "type": "string", "doc": "ISO 4217 code of every amount in the cart." },
    { "name": "total", "type": "long", "doc": "Sum of quantity times unit price after this event, in minor units." },
  ],
};
