export { someStockEvent } from './stock-events.js';
