import type { FailureCause } from './failure-cause.js';

/** A payment at the gateway: its facts without the customer, who is none of the gateway's business. */
interface GatewayCall {
  readonly tenant: string;
  readonly orderId: string;
  /** Minor units, from 1. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** The gateway carries out a call with the same key once, and repeats its answer. */
  readonly idempotencyKey: string;
}

export interface AuthorizeCall extends GatewayCall {
  /** What the customer's form got from the gateway; null if the order came without one. */
  readonly token: string | null;
  /** Country of the card, ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

export interface CaptureCall extends GatewayCall {
  readonly reference: string;
}

export interface VoidCall extends GatewayCall {
  /** Null if no authorization is known: then the gateway refuses one that is still on its way. */
  readonly reference: string | null;
}

export interface RefundCall extends GatewayCall {
  readonly reference: string;
  readonly refundId: string;
}

interface Declined {
  readonly result: 'declined';
  readonly reason: string;
  /** If the gateway has a code for it; else its words tell. */
  readonly cause?: FailureCause | undefined;
}

export type AuthorizeAnswer =
  | { readonly result: 'authorized'; readonly reference: string }
  | { readonly result: 'review'; readonly reference: string; readonly reason: string }
  | Declined;

export type CaptureAnswer = { readonly result: 'captured'; readonly amount: number } | Declined;

/** `captured`: there is nothing to void any more, only to refund. */
export type VoidAnswer = { readonly result: 'voided' | 'captured' };

/** `declined`, for instance if it would exceed what was captured. */
export type RefundAnswer =
  | { readonly result: 'refunded' }
  | { readonly result: 'declined'; readonly reason: string };

/** What the gateway knows of an order. */
export interface GatewayPayment {
  readonly status: 'none' | 'review' | 'authorized' | 'captured' | 'voided' | 'declined';
  readonly reference: string | null;
  /** Minor units. */
  readonly captured: number;
  readonly refunds: readonly { readonly refundId: string; readonly amount: number }[];
  /** Why it is in review or was declined. */
  readonly reason: string | null;
  /** Why it was declined, if the gateway has a code for it. */
  readonly cause?: FailureCause | undefined;
}

/**
 * A payment gateway. Every method throws {@link GatewayUnavailableError} or {@link GatewayOutcomeUnknownError} if it gets
 * no answer; any other error is a fault of ours, such as a wrong API key.
 *
 * All implementations guarantee that a payment is captured at most once, never after it was voided, and never refunded
 * beyond what was captured.
 */
export interface PaymentGateway {
  /** The gateway's name in events. */
  readonly name: string;
  authorize(call: AuthorizeCall): Promise<AuthorizeAnswer>;
  capture(call: CaptureCall): Promise<CaptureAnswer>;
  void(call: VoidCall): Promise<VoidAnswer>;
  refund(call: RefundCall): Promise<RefundAnswer>;
  /** @param reference of its authorization, if that is known: it makes the answer exact */
  find(orderId: string, reference: string | null): Promise<GatewayPayment>;
}

/** The call had no effect, so it is safe to repeat. */
export class GatewayUnavailableError extends Error {
  override readonly name = 'GatewayUnavailableError';
}

/** The call may have taken effect: look the payment up before repeating it. */
export class GatewayOutcomeUnknownError extends Error {
  override readonly name = 'GatewayOutcomeUnknownError';
}
