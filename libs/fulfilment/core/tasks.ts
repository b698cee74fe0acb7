import type { MailTemplate } from '#libs/notifications';
import type { CancellationCause } from '#libs/orders';

/** What the processes ask of others, by target. A target carries out a task once, however often it is asked. */

/** For all lines of an order at once. Answers with a StockAnswer. */
export type StockTask =
  | {
      readonly type: 'reserve-stock';
      readonly orderId: string;
      /** Each sku once. */
      readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
      readonly whenUntracked: 'accept' | 'reject';
    }
  | {
      readonly type: 'release-stock' | 'ship-stock';
      readonly orderId: string;
      readonly skus: readonly string[];
    };

export interface StockAnswer {
  /** `rejected` if any line is. */
  readonly result: 'done' | 'rejected';
  readonly lines: readonly LineAnswer[];
}

export interface LineAnswer {
  readonly sku: string;
  /** Only for a reservation. */
  readonly result?: 'reserved' | 'rejected' | 'untracked';
  /** Why it was rejected, unless the stock does not suffice. */
  readonly reason?: string;
  /** The stock's version with what the task did. */
  readonly version: number;
}

/** Answers `{status}`: what the order is after the task, which may be past it. */
export type OrderTask =
  | { readonly type: 'confirm-order' | 'complete-order'; readonly orderId: string }
  | {
      readonly type: 'cancel-order';
      readonly orderId: string;
      readonly cause: CancellationCause;
      readonly reason: string | null;
    };

/** Answers `{result: 'passed' | 'flagged', reason?}`. */
export interface ScreeningTask {
  readonly type: 'screen-order';
  readonly orderId: string;
}

/**
 * Answers `{result: 'authorized' | 'in-review' | 'captured' | 'declined' | 'voided' | 'refunded', reason}`. `close` gives back
 * whatever the gateway holds or has taken; `forgo` closes a payment for which it was never asked.
 */
export type MoneyTask =
  | { readonly type: 'authorize' | 'capture' | 'close' | 'forgo'; readonly orderId: string }
  | { readonly type: 'flag'; readonly orderId: string; readonly reason: string };

/** Answers `{result: 'sent' | 'failed' | 'no-address' | 'off'}`. */
export interface MailTask {
  readonly type: 'send-mail';
  /** Names the mail forever, so that it is recorded once. */
  readonly notificationId: string;
  readonly template: MailTemplate;
  readonly orderId: string | null;
  readonly cartId: string | null;
  /** What the template says beyond the order or cart. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

/** Answers `{status, version}` of the cart; `{status}` of the order. */
export type CartTask =
  | { readonly type: 'abandon-cart'; readonly cartId: string; readonly ifVersion: number }
  | { readonly type: 'order-cart'; readonly cartId: string };
