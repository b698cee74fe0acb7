/** The controllers of the operations API, a line each. */
export { AcrossTenantsController } from './across-tenants/across-tenants.controller.js';
export { AllDeadLettersController } from './dead-letters/dead-letters.controller.js';
export { AuditController } from './audit/audit.controller.js';
export { LogController } from './log/log.controller.js';
export { SchemasController } from './schemas/schemas.controller.js';
export { OverviewController } from './overview/overview.controller.js';
export { ProjectionsController } from './projections/projections.controller.js';
export { DirectoryController } from './directory/directory.controller.js';
export { WatchedSubscriptionsController } from './webhooks/watched-subscriptions.controller.js';
