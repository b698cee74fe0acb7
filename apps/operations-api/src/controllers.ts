/** The controllers of the operations API, a line each. */
export { AuditController } from './audit/audit.controller.js';
export { LogController } from './log/log.controller.js';
export { SchemasController } from './schemas/schemas.controller.js';
export { DirectoryController } from './directory/directory.controller.js';
