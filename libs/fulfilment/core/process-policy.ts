/** Settings, as they were when an order was created. */
export interface FulfilmentPolicy {
  readonly whenUntracked: 'accept' | 'reject';
  /** Whether orders are screened for fraud. */
  readonly screens: boolean;
  /** Milliseconds from the order to a captured payment. */
  readonly paymentTimeoutMs: number;
  /** The same for a payment that a person has to look at. */
  readonly reviewTimeoutMs: number;
  /** Milliseconds from the delivery to the completed order. */
  readonly completeAfterMs: number;
}

/** Settings, as they were when a cart was created. */
export interface CartPolicy {
  /** Milliseconds without a change after which a cart counts as abandoned. */
  readonly abandonedAfterMs: number;
}

export interface ProcessPolicy {
  readonly orders: FulfilmentPolicy;
  readonly carts: CartPolicy;
}
