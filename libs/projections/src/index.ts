export * from './orders/orders.projection.js';
