export { AUDIT_CHANNEL, AuditOutbox, AuditOutboxFullError, recordAct } from './audit-outbox.js';
export { AuditOutboxModule } from './audit-outbox.module.js';
