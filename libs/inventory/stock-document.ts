import type { Stream } from '#libs/kernel';
import { availableOf, type StockItem } from './stock.js';

/** A stock item as clients see it, in command responses and query results alike. */
export interface StockDocument {
  readonly sku: string;
  readonly version: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly lowAt?: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The part of a stock item that its document needs. */
export type CountedStock = Pick<StockItem, 'sku' | 'onHand' | 'reserved' | 'lowAt'>;

/** @throws for a stream without events */
export function stockDocument({ state, version, createdAt, updatedAt }: Stream<CountedStock>): StockDocument {
  if (version === 0) throw new Error('a stock item without events has no document');
  const { sku, onHand, reserved, lowAt } = state;
  const available = availableOf(state);
  const threshold = lowAt !== null && { lowAt };
  return { sku, version, onHand, reserved, available, ...threshold, createdAt, updatedAt };
}
