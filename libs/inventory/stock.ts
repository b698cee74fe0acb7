import type { Reservations } from './reservations.js';

/** One SKU's stock within a tenant. */
export interface StockItem {
  /** Empty until the first event. */
  readonly sku: string;
  /** Units in the warehouse, reserved or not. */
  readonly onHand: number;
  /** Sum of the open reservations. */
  readonly reserved: number;
  /** Only open reservations; released and shipped ones are removed, so the state stays bounded. */
  readonly reservations: Reservations;
  /** From the first receipt or adjustment on. What is not tracked is not counted. */
  readonly isTracked: boolean;
  /** At so many available units the item is low. `null` for no threshold. */
  readonly lowAt: number | null;
}

/** Units that can still be reserved; never negative. */
export const availableOf = ({ onHand, reserved }: Pick<StockItem, 'onHand' | 'reserved'>): number =>
  onHand - reserved;

/** Clients choose SKUs, so the tenant prefix, which never contains a slash, keeps tenants apart. */
export const stockStreamId = (tenant: string, sku: string): string => `${tenant}/${sku}`;
