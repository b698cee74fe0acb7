// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { EventContract } from '../event-contract.js';
import {
  STOCK_ADJUSTED_SCHEMA,
  STOCK_RECEIVED_SCHEMA,
  STOCK_RELEASED_SCHEMA,
  STOCK_RESERVATION_REJECTED_SCHEMA,
  STOCK_RESERVED_SCHEMA,
  STOCK_SHIPPED_SCHEMA,
  type InventoryEvents,
} from './inventory.js';
import {
  ORDER_CANCELLED_SCHEMA,
  ORDER_COMPLETED_SCHEMA,
  ORDER_CONFIRMED_SCHEMA,
  ORDER_CREATED_SCHEMA,
  ORDER_DELIVERED_SCHEMA,
  ORDER_SHIPPED_SCHEMA,
  type OrdersEvents,
} from './orders.js';

/** The data of every event, by event type. */
export type EventDataByType = InventoryEvents & OrdersEvents;
export type EventType = keyof EventDataByType;

/** Every event type, with what is agreed about it. */
export const EVENT_CONTRACTS: ReadonlyArray<EventContract & { readonly eventType: EventType }> = [
  {
    eventType: 'stock.adjusted',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockAdjusted',
    subject: 'inventory-orderstream.inventory.StockAdjusted',
    schema: STOCK_ADJUSTED_SCHEMA,
  },
  {
    eventType: 'stock.received',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockReceived',
    subject: 'inventory-orderstream.inventory.StockReceived',
    schema: STOCK_RECEIVED_SCHEMA,
  },
  {
    eventType: 'stock.released',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockReleased',
    subject: 'inventory-orderstream.inventory.StockReleased',
    schema: STOCK_RELEASED_SCHEMA,
  },
  {
    eventType: 'stock.reservation-rejected',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockReservationRejected',
    subject: 'inventory-orderstream.inventory.StockReservationRejected',
    schema: STOCK_RESERVATION_REJECTED_SCHEMA,
  },
  {
    eventType: 'stock.reserved',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockReserved',
    subject: 'inventory-orderstream.inventory.StockReserved',
    schema: STOCK_RESERVED_SCHEMA,
  },
  {
    eventType: 'stock.shipped',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockShipped',
    subject: 'inventory-orderstream.inventory.StockShipped',
    schema: STOCK_SHIPPED_SCHEMA,
  },
  {
    eventType: 'order.cancelled',
    topic: 'orders',
    recordName: 'orderstream.orders.OrderCancelled',
    subject: 'orders-orderstream.orders.OrderCancelled',
    schema: ORDER_CANCELLED_SCHEMA,
  },
  {
    eventType: 'order.completed',
    topic: 'orders',
    recordName: 'orderstream.orders.OrderCompleted',
    subject: 'orders-orderstream.orders.OrderCompleted',
    schema: ORDER_COMPLETED_SCHEMA,
  },
  {
    eventType: 'order.confirmed',
    topic: 'orders',
    recordName: 'orderstream.orders.OrderConfirmed',
    subject: 'orders-orderstream.orders.OrderConfirmed',
    schema: ORDER_CONFIRMED_SCHEMA,
  },
  {
    eventType: 'order.created',
    topic: 'orders',
    recordName: 'orderstream.orders.OrderCreated',
    subject: 'orders-orderstream.orders.OrderCreated',
    schema: ORDER_CREATED_SCHEMA,
  },
  {
    eventType: 'order.delivered',
    topic: 'orders',
    recordName: 'orderstream.orders.OrderDelivered',
    subject: 'orders-orderstream.orders.OrderDelivered',
    schema: ORDER_DELIVERED_SCHEMA,
  },
  {
    eventType: 'order.shipped',
    topic: 'orders',
    recordName: 'orderstream.orders.OrderShipped',
    subject: 'orders-orderstream.orders.OrderShipped',
    schema: ORDER_SHIPPED_SCHEMA,
  },
];
