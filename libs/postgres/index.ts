export { ADVISORY_LOCKS, tryWithAdvisoryLock } from './advisory-lock.js';
export { ApiKeyRepository } from './api-key.repository.js';
export { ConnectionLostError, isDataFault, isDatabaseOutage } from './database-outage.js';
export { Prisma, PrismaClient } from './generated/client.js';
export { migrate } from './migrate.js';
export { mapPage, pageRows, type FoundPage, type PageQuery } from './page-rows.js';
export { PostgresModule } from './postgres.module.js';
export { arrayColumns, arrayLiteral, prepared, withoutNul } from './statements.js';
export { PooledPrisma, PrismaService, makePrisma, type DatabaseOptions } from './prisma.service.js';
