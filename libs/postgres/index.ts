export { ADVISORY_LOCKS, tryWithAdvisoryLock } from './advisory-lock.js';
export { type AnalystRole, AnalystRoles, NoRoleAdministratorError } from './analyst-roles.js';
export {
  ApiKeyRepository,
  type ListedApiKey,
  type MadeApiKey,
  type RecordKeyChange,
} from './api-key.repository.js';
export { DatabaseNotices, NOTICES_CONNECTION, type NoticeListener } from './database-notices.js';
export { ConnectionLostError, isDataFault, isDatabaseOutage } from './database-outage.js';
export { Prisma, PrismaClient } from './generated/client.js';
export { migrate, migrationsDirectory } from './migrate.js';
export { mapPage, pageRows, type FoundPage, type PageQuery } from './page-rows.js';
export { PostgresModule } from './postgres.module.js';
export { queryTogether, type BatchOutcome } from './statement-batch.js';
export { arrayColumns, arrayLiteral, prepared, withoutNul } from './statements.js';
export { type LimitChanges, TenantLimitRepository } from './tenant-limit.repository.js';
export { PooledPrisma, PrismaService, makePrisma, type DatabaseOptions } from './prisma.service.js';
export { insertSession, type RecordSession, SessionRepository } from './session.repository.js';
export { type NewPortalLink, PortalLinkRepository, type UsedPortalLink } from './portal-link.repository.js';
