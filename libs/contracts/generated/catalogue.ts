// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { EventContract } from '../event-contract.js';
import {
  ACT_RECORDED_SCHEMA,
  type AuditEvents,
} from './audit.js';
import {
  CART_ABANDONED_SCHEMA,
  CART_CHECKED_OUT_SCHEMA,
  CART_CREATED_SCHEMA,
  CART_ITEM_REMOVED_SCHEMA,
  CART_ITEM_SET_SCHEMA,
  CART_UPDATED_SCHEMA,
  type CartsEvents,
} from './carts.js';
import {
  STOCK_ADJUSTED_SCHEMA,
  STOCK_DEPLETED_SCHEMA,
  STOCK_LOW_SCHEMA,
  STOCK_RECEIVED_SCHEMA,
  STOCK_RELEASED_SCHEMA,
  STOCK_REPLENISHED_SCHEMA,
  STOCK_RESERVATION_REJECTED_SCHEMA,
  STOCK_RESERVED_SCHEMA,
  STOCK_SHIPPED_SCHEMA,
  STOCK_THRESHOLD_CHANGED_SCHEMA,
  type InventoryEvents,
} from './inventory.js';
import {
  EMAIL_FAILED_SCHEMA,
  EMAIL_SENT_SCHEMA,
  type NotificationsEvents,
} from './notifications.js';
import {
  ORDER_CANCELLED_SCHEMA,
  ORDER_COMPLETED_SCHEMA,
  ORDER_CONFIRMED_SCHEMA,
  ORDER_CREATED_SCHEMA,
  ORDER_DELIVERED_SCHEMA,
  ORDER_SHIPPED_SCHEMA,
  type OrdersEvents,
} from './orders.js';
import {
  PAYMENT_APPROVED_SCHEMA,
  PAYMENT_AUTHORIZED_SCHEMA,
  PAYMENT_CAPTURED_SCHEMA,
  PAYMENT_FAILED_SCHEMA,
  PAYMENT_FLAGGED_SCHEMA,
  PAYMENT_REFUNDED_SCHEMA,
  PAYMENT_REJECTED_SCHEMA,
  PAYMENT_VOIDED_SCHEMA,
  type PaymentsEvents,
} from './payments.js';
import {
  PROCESS_ADVANCED_SCHEMA,
  PROCESS_COMPENSATED_SCHEMA,
  PROCESS_COMPLETED_SCHEMA,
  PROCESS_STARTED_SCHEMA,
  PROCESS_STUCK_SCHEMA,
  type ProcessesEvents,
} from './processes.js';
import {
  WEBHOOK_DEAD_LETTERED_SCHEMA,
  WEBHOOK_SUBSCRIPTION_CREATED_SCHEMA,
  WEBHOOK_SUBSCRIPTION_DELETED_SCHEMA,
  WEBHOOK_SUBSCRIPTION_DISABLED_SCHEMA,
  WEBHOOK_SUBSCRIPTION_FAILING_SCHEMA,
  WEBHOOK_SUBSCRIPTION_PAUSED_SCHEMA,
  WEBHOOK_SUBSCRIPTION_RECOVERED_SCHEMA,
  WEBHOOK_SUBSCRIPTION_RESUMED_SCHEMA,
  WEBHOOK_SUBSCRIPTION_UPDATED_SCHEMA,
  WEBHOOK_TEST_SCHEMA,
  type WebhooksEvents,
} from './webhooks.js';

/** The data of every event by event type, by topic. */
export interface EventDataByTopic {
  readonly "audit": AuditEvents;
  readonly "carts": CartsEvents;
  readonly "inventory": InventoryEvents;
  readonly "notifications": NotificationsEvents;
  readonly "orders": OrdersEvents;
  readonly "payments": PaymentsEvents;
  readonly "processes": ProcessesEvents;
  readonly "webhooks": WebhooksEvents;
}
/** The data of every event, by event type. */
export type EventDataByType = AuditEvents & CartsEvents & InventoryEvents & NotificationsEvents & OrdersEvents & PaymentsEvents & ProcessesEvents & WebhooksEvents;
export type EventType = keyof EventDataByType;

/** The contract of every event type. */
export const EVENT_CONTRACTS: ReadonlyArray<EventContract & { readonly eventType: EventType }> = [
  {
    eventType: 'act.recorded',
    topic: 'audit',
    recordName: 'orderstream.audit.ActRecorded',
    subject: 'audit-orderstream.audit.ActRecorded',
    schema: ACT_RECORDED_SCHEMA,
  },
  {
    eventType: 'cart.abandoned',
    topic: 'carts',
    recordName: 'orderstream.carts.CartAbandoned',
    subject: 'carts-orderstream.carts.CartAbandoned',
    schema: CART_ABANDONED_SCHEMA,
  },
  {
    eventType: 'cart.checked-out',
    topic: 'carts',
    recordName: 'orderstream.carts.CartCheckedOut',
    subject: 'carts-orderstream.carts.CartCheckedOut',
    schema: CART_CHECKED_OUT_SCHEMA,
  },
  {
    eventType: 'cart.created',
    topic: 'carts',
    recordName: 'orderstream.carts.CartCreated',
    subject: 'carts-orderstream.carts.CartCreated',
    schema: CART_CREATED_SCHEMA,
  },
  {
    eventType: 'cart.item-removed',
    topic: 'carts',
    recordName: 'orderstream.carts.CartItemRemoved',
    subject: 'carts-orderstream.carts.CartItemRemoved',
    schema: CART_ITEM_REMOVED_SCHEMA,
  },
  {
    eventType: 'cart.item-set',
    topic: 'carts',
    recordName: 'orderstream.carts.CartItemSet',
    subject: 'carts-orderstream.carts.CartItemSet',
    schema: CART_ITEM_SET_SCHEMA,
  },
  {
    eventType: 'cart.updated',
    topic: 'carts',
    recordName: 'orderstream.carts.CartUpdated',
    subject: 'carts-orderstream.carts.CartUpdated',
    schema: CART_UPDATED_SCHEMA,
  },
  {
    eventType: 'stock.adjusted',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockAdjusted',
    subject: 'inventory-orderstream.inventory.StockAdjusted',
    schema: STOCK_ADJUSTED_SCHEMA,
  },
  {
    eventType: 'stock.depleted',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockDepleted',
    subject: 'inventory-orderstream.inventory.StockDepleted',
    schema: STOCK_DEPLETED_SCHEMA,
  },
  {
    eventType: 'stock.low',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockLow',
    subject: 'inventory-orderstream.inventory.StockLow',
    schema: STOCK_LOW_SCHEMA,
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
    eventType: 'stock.replenished',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockReplenished',
    subject: 'inventory-orderstream.inventory.StockReplenished',
    schema: STOCK_REPLENISHED_SCHEMA,
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
    eventType: 'stock.threshold-changed',
    topic: 'inventory',
    recordName: 'orderstream.inventory.StockThresholdChanged',
    subject: 'inventory-orderstream.inventory.StockThresholdChanged',
    schema: STOCK_THRESHOLD_CHANGED_SCHEMA,
  },
  {
    eventType: 'email.failed',
    topic: 'notifications',
    recordName: 'orderstream.notifications.EmailFailed',
    subject: 'notifications-orderstream.notifications.EmailFailed',
    schema: EMAIL_FAILED_SCHEMA,
  },
  {
    eventType: 'email.sent',
    topic: 'notifications',
    recordName: 'orderstream.notifications.EmailSent',
    subject: 'notifications-orderstream.notifications.EmailSent',
    schema: EMAIL_SENT_SCHEMA,
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
  {
    eventType: 'payment.approved',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentApproved',
    subject: 'payments-orderstream.payments.PaymentApproved',
    schema: PAYMENT_APPROVED_SCHEMA,
  },
  {
    eventType: 'payment.authorized',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentAuthorized',
    subject: 'payments-orderstream.payments.PaymentAuthorized',
    schema: PAYMENT_AUTHORIZED_SCHEMA,
  },
  {
    eventType: 'payment.captured',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentCaptured',
    subject: 'payments-orderstream.payments.PaymentCaptured',
    schema: PAYMENT_CAPTURED_SCHEMA,
  },
  {
    eventType: 'payment.failed',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentFailed',
    subject: 'payments-orderstream.payments.PaymentFailed',
    schema: PAYMENT_FAILED_SCHEMA,
  },
  {
    eventType: 'payment.flagged',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentFlagged',
    subject: 'payments-orderstream.payments.PaymentFlagged',
    schema: PAYMENT_FLAGGED_SCHEMA,
  },
  {
    eventType: 'payment.refunded',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentRefunded',
    subject: 'payments-orderstream.payments.PaymentRefunded',
    schema: PAYMENT_REFUNDED_SCHEMA,
  },
  {
    eventType: 'payment.rejected',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentRejected',
    subject: 'payments-orderstream.payments.PaymentRejected',
    schema: PAYMENT_REJECTED_SCHEMA,
  },
  {
    eventType: 'payment.voided',
    topic: 'payments',
    recordName: 'orderstream.payments.PaymentVoided',
    subject: 'payments-orderstream.payments.PaymentVoided',
    schema: PAYMENT_VOIDED_SCHEMA,
  },
  {
    eventType: 'process.advanced',
    topic: 'processes',
    recordName: 'orderstream.processes.ProcessAdvanced',
    subject: 'processes-orderstream.processes.ProcessAdvanced',
    schema: PROCESS_ADVANCED_SCHEMA,
  },
  {
    eventType: 'process.compensated',
    topic: 'processes',
    recordName: 'orderstream.processes.ProcessCompensated',
    subject: 'processes-orderstream.processes.ProcessCompensated',
    schema: PROCESS_COMPENSATED_SCHEMA,
  },
  {
    eventType: 'process.completed',
    topic: 'processes',
    recordName: 'orderstream.processes.ProcessCompleted',
    subject: 'processes-orderstream.processes.ProcessCompleted',
    schema: PROCESS_COMPLETED_SCHEMA,
  },
  {
    eventType: 'process.started',
    topic: 'processes',
    recordName: 'orderstream.processes.ProcessStarted',
    subject: 'processes-orderstream.processes.ProcessStarted',
    schema: PROCESS_STARTED_SCHEMA,
  },
  {
    eventType: 'process.stuck',
    topic: 'processes',
    recordName: 'orderstream.processes.ProcessStuck',
    subject: 'processes-orderstream.processes.ProcessStuck',
    schema: PROCESS_STUCK_SCHEMA,
  },
  {
    eventType: 'webhook.dead-lettered',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookDeadLettered',
    subject: 'webhooks-orderstream.webhooks.WebhookDeadLettered',
    schema: WEBHOOK_DEAD_LETTERED_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.created',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionCreated',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionCreated',
    schema: WEBHOOK_SUBSCRIPTION_CREATED_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.deleted',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionDeleted',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionDeleted',
    schema: WEBHOOK_SUBSCRIPTION_DELETED_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.disabled',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionDisabled',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionDisabled',
    schema: WEBHOOK_SUBSCRIPTION_DISABLED_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.failing',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionFailing',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionFailing',
    schema: WEBHOOK_SUBSCRIPTION_FAILING_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.paused',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionPaused',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionPaused',
    schema: WEBHOOK_SUBSCRIPTION_PAUSED_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.recovered',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionRecovered',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionRecovered',
    schema: WEBHOOK_SUBSCRIPTION_RECOVERED_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.resumed',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionResumed',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionResumed',
    schema: WEBHOOK_SUBSCRIPTION_RESUMED_SCHEMA,
  },
  {
    eventType: 'webhook-subscription.updated',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookSubscriptionUpdated',
    subject: 'webhooks-orderstream.webhooks.WebhookSubscriptionUpdated',
    schema: WEBHOOK_SUBSCRIPTION_UPDATED_SCHEMA,
  },
  {
    eventType: 'webhook.test',
    topic: 'webhooks',
    recordName: 'orderstream.webhooks.WebhookTest',
    subject: 'webhooks-orderstream.webhooks.WebhookTest',
    schema: WEBHOOK_TEST_SCHEMA,
  },
];
