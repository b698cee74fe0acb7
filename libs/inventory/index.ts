export { reservedFor } from './reservations.js';
export { STOCK_AGGREGATE } from './stock.aggregate.js';
export type { StockCommand } from './stock-commands.js';
export { stockDecider } from './stock-decider.js';
export { stockDocument, type CountedStock, type StockDocument } from './stock-document.js';
export type { StockEvent } from './stock-events.js';
export { availableOf, stockStreamId, type StockItem } from './stock.js';
