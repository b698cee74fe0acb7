/** Goods came in. */
export interface ReceiveStock {
  readonly type: 'receive-stock';
  readonly sku: string;
  /** From 1. */
  readonly quantity: number;
}

/** A count, a loss, a find: on hand is corrected by so much. */
export interface AdjustStock {
  readonly type: 'adjust-stock';
  readonly sku: string;
  /** Signed, and not 0. */
  readonly quantity: number;
  readonly reason: string;
}

/** Holds stock for an order, all of the quantity or none. Lines of one order with the same sku are one reservation. */
export interface ReserveStock {
  readonly type: 'reserve-stock';
  readonly sku: string;
  readonly orderId: string;
  /** From 1. */
  readonly quantity: number;
}

/** Gives back what is held for an order. */
export interface ReleaseStock {
  readonly type: 'release-stock';
  readonly sku: string;
  readonly orderId: string;
}

/** What is held for an order leaves the warehouse. */
export interface ShipStock {
  readonly type: 'ship-stock';
  readonly sku: string;
  readonly orderId: string;
}

export type StockCommand = ReceiveStock | AdjustStock | ReserveStock | ReleaseStock | ShipStock;
