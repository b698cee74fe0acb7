// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** The number on hand was corrected, after a count or a loss for instance. */
export interface StockAdjusted {
  /** The article. */
  readonly sku: string;
  /** By how many, up or down; never 0. */
  readonly quantity: number;
  /** Why, in the words of who corrected it. */
  readonly reason: string;
}

/** The last available units were reserved or removed, in the event just before. */
export interface StockDepleted {
  /** The article. */
  readonly sku: string;
  /** How many are available now: none. */
  readonly available: number;
  /** The threshold of the article; null for none. */
  readonly lowAt: number | null;
}

/** So many were reserved or removed that the threshold was reached, in the event just before. */
export interface StockLow {
  /** The article. */
  readonly sku: string;
  /** How many are available now: the threshold or fewer. */
  readonly available: number;
  /** The threshold. */
  readonly lowAt: number;
}

/** Goods came in: there are more on hand. */
export interface StockReceived {
  /** The article. */
  readonly sku: string;
  /** How many came in, from 1. */
  readonly quantity: number;
}

/** What was held for an order is given back: more available. */
export interface StockReleased {
  /** The article. */
  readonly sku: string;
  /** The order that it was held for. */
  readonly orderId: string;
  /** How many, from 1: all that was held. */
  readonly quantity: number;
}

/** There are enough again, by the event just before: more than the threshold, or some where there is no threshold. */
export interface StockReplenished {
  /** The article. */
  readonly sku: string;
  /** How many are available now. */
  readonly available: number;
  /** The threshold that was exceeded; null for none, where any unit is enough. */
  readonly lowAt: number | null;
}

/** An order asked for more than there were. Nothing is held for it. */
export interface StockReservationRejected {
  /** The article. */
  readonly sku: string;
  /** The order that asked. */
  readonly orderId: string;
  /** How many it asked for, from 1. */
  readonly quantity: number;
  /** How many were available at that time: fewer than the quantity. */
  readonly available: number;
}

/** Units are held for an order: on hand as before, fewer available. */
export interface StockReserved {
  /** The article. */
  readonly sku: string;
  /** The order that they are held for. */
  readonly orderId: string;
  /** How many, from 1: all that the order asked for. */
  readonly quantity: number;
}

/** What was held for an order left the warehouse: fewer on hand, fewer reserved. */
export interface StockShipped {
  /** The article. */
  readonly sku: string;
  /** The order that it was held for. */
  readonly orderId: string;
  /** How many, from 1: all that was held. */
  readonly quantity: number;
}

/** Somebody chose at how many available units the article counts as low. */
export interface StockThresholdChanged {
  /** The article. */
  readonly sku: string;
  /** From how many available units on, downwards, the article is low; null for no threshold. */
  readonly lowAt: number | null;
}

/** The data of each event in topic `inventory`, by event type. */
export interface InventoryEvents {
  readonly 'stock.adjusted': StockAdjusted;
  readonly 'stock.depleted': StockDepleted;
  readonly 'stock.low': StockLow;
  readonly 'stock.received': StockReceived;
  readonly 'stock.released': StockReleased;
  readonly 'stock.replenished': StockReplenished;
  readonly 'stock.reservation-rejected': StockReservationRejected;
  readonly 'stock.reserved': StockReserved;
  readonly 'stock.shipped': StockShipped;
  readonly 'stock.threshold-changed': StockThresholdChanged;
}

export const STOCK_ADJUSTED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockAdjusted",
  "namespace": "orderstream.inventory",
  "eventType": "stock.adjusted",
  "doc": "The number on hand was corrected, after a count or a loss for instance.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "quantity", "type": "long", "doc": "By how many, up or down; never 0." },
    { "name": "reason", "type": "string", "doc": "Why, in the words of who corrected it." },
  ],
};

export const STOCK_DEPLETED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockDepleted",
  "namespace": "orderstream.inventory",
  "eventType": "stock.depleted",
  "doc": "The last available units were reserved or removed, in the event just before.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "available", "type": "long", "doc": "How many are available now: none." },
    { "name": "lowAt", "type": ["null", "long"], "default": null, "doc": "The threshold of the article; null for none." },
  ],
};

export const STOCK_LOW_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockLow",
  "namespace": "orderstream.inventory",
  "eventType": "stock.low",
  "doc": "So many were reserved or removed that the threshold was reached, in the event just before.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "available", "type": "long", "doc": "How many are available now: the threshold or fewer." },
    { "name": "lowAt", "type": "long", "doc": "The threshold." },
  ],
};

export const STOCK_RECEIVED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockReceived",
  "namespace": "orderstream.inventory",
  "eventType": "stock.received",
  "doc": "Goods came in: there are more on hand.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "quantity", "type": "long", "doc": "How many came in, from 1." },
  ],
};

export const STOCK_RELEASED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockReleased",
  "namespace": "orderstream.inventory",
  "eventType": "stock.released",
  "doc": "What was held for an order is given back: more available.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that it was held for." },
    { "name": "quantity", "type": "long", "doc": "How many, from 1: all that was held." },
  ],
};

export const STOCK_REPLENISHED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockReplenished",
  "namespace": "orderstream.inventory",
  "eventType": "stock.replenished",
  "doc": "There are enough again, by the event just before: more than the threshold, or some where there is no threshold.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "available", "type": "long", "doc": "How many are available now." },
    { "name": "lowAt", "type": ["null", "long"], "default": null, "doc": "The threshold that was exceeded; null for none, where any unit is enough." },
  ],
};

export const STOCK_RESERVATION_REJECTED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockReservationRejected",
  "namespace": "orderstream.inventory",
  "eventType": "stock.reservation-rejected",
  "doc": "An order asked for more than there were. Nothing is held for it.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that asked." },
    { "name": "quantity", "type": "long", "doc": "How many it asked for, from 1." },
    { "name": "available", "type": "long", "doc": "How many were available at that time: fewer than the quantity." },
  ],
};

export const STOCK_RESERVED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockReserved",
  "namespace": "orderstream.inventory",
  "eventType": "stock.reserved",
  "doc": "Units are held for an order: on hand as before, fewer available.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that they are held for." },
    { "name": "quantity", "type": "long", "doc": "How many, from 1: all that the order asked for." },
  ],
};

export const STOCK_SHIPPED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockShipped",
  "namespace": "orderstream.inventory",
  "eventType": "stock.shipped",
  "doc": "What was held for an order left the warehouse: fewer on hand, fewer reserved.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "orderId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The order that it was held for." },
    { "name": "quantity", "type": "long", "doc": "How many, from 1: all that was held." },
  ],
};

export const STOCK_THRESHOLD_CHANGED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "StockThresholdChanged",
  "namespace": "orderstream.inventory",
  "eventType": "stock.threshold-changed",
  "doc": "Somebody chose at how many available units the article counts as low.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "sku", "type": "string", "doc": "The article." },
    { "name": "lowAt", "type": ["null", "long"], "default": null, "doc": "From how many available units on, downwards, the article is low; null for no threshold." },
  ],
};
