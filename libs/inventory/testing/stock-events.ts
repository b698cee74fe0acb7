import type { StockEvent } from '../stock-events.js';
import { stockStreamId } from '../stock.js';
import type { EventMetadata, RecordedEvent } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';

/** An event of a stock item as partition 0 has it: 5 came in, unless it is said otherwise. */
export function someStockEvent(
  sku: string,
  version: number,
  offset: number,
  event: StockEvent = { type: 'stock.received', data: { sku, quantity: 5 } },
  given: Partial<EventMetadata> = {},
): RecordedEvent<StockEvent> {
  const metadata = someMetadata({ version, ...given });
  return {
    ...event,
    metadata: { ...metadata, streamId: stockStreamId(metadata.tenant, sku) },
    position: { topic: 'inventory', partition: 0, offset },
  };
}
