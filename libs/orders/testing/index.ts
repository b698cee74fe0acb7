export { recordedAt, someMetadata, someOrderEvent, type OrderEventToAppend } from './order-events.js';
