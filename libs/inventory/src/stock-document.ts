import type { Stream } from '#libs/kernel';
import { availableOf, type StockItem } from './stock.js';

/** A stock item as clients see it: the same from a command's answer and from a query. */
export interface StockDocument {
  readonly sku: string;
  readonly version: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** As much of a stock item as its document says. */
export type CountedStock = Pick<StockItem, 'sku' | 'onHand' | 'reserved'>;

/** @throws for a stream without events: there is nothing to show. */
export function stockDocument({ state, version, createdAt, updatedAt }: Stream<CountedStock>): StockDocument {
  if (version === 0) throw new Error('a stock item that does not exist has no document');
  const { sku, onHand, reserved } = state;
  return { sku, version, onHand, reserved, available: availableOf(state), createdAt, updatedAt };
}
