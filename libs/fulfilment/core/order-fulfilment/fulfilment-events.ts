import type { CancellationCause } from '#libs/orders';
import type { FulfilmentPolicy } from '../process-policy.js';

/** The events that concern the process of an order, in its own terms. */
export type FulfilmentEvent =
  | {
      readonly type: 'order-created';
      readonly orderId: string;
      readonly customerId: string;
      readonly currency: string;
      readonly total: number;
      /** Each sku once: lines of one sku are added up. */
      readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
      /** Milliseconds since 1970. */
      readonly createdAt: number;
      readonly policy: FulfilmentPolicy;
    }
  | { readonly type: 'order-confirmed' | 'order-completed' }
  | {
      readonly type: 'order-shipped';
      readonly trackingNumber: string | null;
      readonly carrier: string | null;
    }
  | { readonly type: 'order-delivered'; readonly deliveredAt: number }
  | {
      readonly type: 'order-cancelled';
      readonly cause: CancellationCause;
      readonly reason: string | null;
    }
  | { readonly type: 'payment-approved' }
  | { readonly type: 'payment-rejected'; readonly reason: string | null }
  | { readonly type: 'payment-refunded'; readonly amount: number; readonly version: number }
  | { readonly type: 'stock-reserved'; readonly sku: string; readonly version: number };
