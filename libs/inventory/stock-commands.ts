/** Adds delivered goods to the quantity on hand. */
export interface ReceiveStock {
  readonly type: 'receive-stock';
  readonly sku: string;
  /** From 1. */
  readonly quantity: number;
}

/** Corrects the quantity on hand after a count, a loss or a find. */
export interface AdjustStock {
  readonly type: 'adjust-stock';
  readonly sku: string;
  /** Signed, and not 0. */
  readonly quantity: number;
  readonly reason: string;
}

/** Reserves the whole quantity or none. Order lines with the same SKU share one reservation. */
export interface ReserveStock {
  readonly type: 'reserve-stock';
  readonly sku: string;
  readonly orderId: string;
  /** From 1. */
  readonly quantity: number;
  /** What to do about a SKU that is not tracked: accept without holding anything, or reject. */
  readonly whenUntracked: 'accept' | 'reject';
}

/** Makes the reserved units of an order available again. */
export interface ReleaseStock {
  readonly type: 'release-stock';
  readonly sku: string;
  readonly orderId: string;
}

/** Takes the reserved units of an order off hand. */
export interface ShipStock {
  readonly type: 'ship-stock';
  readonly sku: string;
  readonly orderId: string;
}

/** Sets from how many available units on, downwards, the item is low. */
export interface SetThreshold {
  readonly type: 'set-threshold';
  readonly sku: string;
  /** From 0; `null` for no threshold. */
  readonly lowAt: number | null;
}

export type StockCommand =
  | ReceiveStock
  | AdjustStock
  | ReserveStock
  | ReleaseStock
  | ShipStock
  | SetThreshold;
