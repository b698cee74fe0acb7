/** The controllers of the operations API, a line each. */
export { AuditController } from './audit/audit.controller.js';
export { ProjectionsController } from './projections/projections.controller.js';
