import type { EventToEncode } from '#libs/contracts';
import { stockStreamId } from '#libs/inventory';
import { newId } from '#libs/kernel';
import { benchMetadata } from '../ingest/order-created.js';

const SKUS = 24;
const TENANT = 'bench';
const BEGINNING = Date.parse('2026-01-01T00:00:00.000Z');

/** A few articles that move all the time: a receipt, then reservations that are shipped. */
const CYCLE = [
  'stock.received',
  'stock.reserved',
  'stock.shipped',
  'stock.reserved',
  'stock.shipped',
] as const;

export class StockMoves {
  readonly #orderIds = new Map<string, string>();
  #events = 0;

  get events(): number {
    return this.#events;
  }

  get skus(): number {
    return Math.min(SKUS, this.#events);
  }

  next(): EventToEncode {
    const at = this.#events++;
    const sku = `sku-${at % SKUS}`;
    const turn = Math.floor(at / SKUS);
    const type = CYCLE[turn % CYCLE.length] ?? 'stock.received';
    const eventId = newId();
    if (type === 'stock.reserved') this.#orderIds.set(sku, eventId);
    const orderId = this.#orderIds.get(sku);
    return {
      type,
      data: type === 'stock.received' ? { sku, quantity: 10 } : { sku, orderId, quantity: 2 },
      metadata: benchMetadata({
        eventId,
        streamId: stockStreamId(TENANT, sku),
        version: turn + 1,
        occurredAt: new Date(BEGINNING + at * 1_000).toISOString(),
        correlationId: orderId ?? eventId,
        commandId: eventId,
        actor: 'bench',
      }),
    };
  }
}
