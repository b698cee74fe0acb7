export * from './fold.js';
export * from './orders/orders.projection.js';
export * from './stock/stock.projection.js';
