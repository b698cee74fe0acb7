export * from './stock.js';
export * from './stock-commands.js';
export * from './stock-decider.js';
export * from './stock-document.js';
export * from './stock-events.js';
