import type { Reservations } from './reservations.js';

/** The stock of one article (sku) of a tenant. */
export interface StockItem {
  /** Empty until the first event. */
  readonly sku: string;
  /** What is in the warehouse, reserved or not. */
  readonly onHand: number;
  /** Sum of the open reservations. */
  readonly reserved: number;
  /** The open ones: they leave when released or shipped, so that this does not grow for ever. */
  readonly reservations: Reservations;
}

/** What can still be promised to somebody. Never below zero. */
export const availableOf = ({ onHand, reserved }: Pick<StockItem, 'onHand' | 'reserved'>): number =>
  onHand - reserved;

/** Clients choose the sku, so the tenant, in which there is no slash, keeps theirs apart. */
export const stockStreamId = (tenant: string, sku: string): string => `${tenant}/${sku}`;
