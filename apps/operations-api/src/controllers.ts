/** The controllers of the operations API, a line each. */
export { AuditController } from './audit/audit.controller.js';
export { WatchedSubscriptionsController } from './webhooks/watched-subscriptions.controller.js';
