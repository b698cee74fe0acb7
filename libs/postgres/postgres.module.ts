import { Global, Module } from '@nestjs/common';
import {
  API_KEY_STORE,
  IS_OUTAGE,
  SESSION_STORE,
  SETTINGS,
  type Settings,
  TENANT_LIMIT_STORE,
  USAGE_CHANNEL,
} from '#libs/platform';
import { ApiKeyChanges } from './api-key-changes.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { DatabaseNotices } from './database-notices.js';
import { isDatabaseOutage } from './database-outage.js';
import { NoticeUsageChannel } from './notice-usage-channel.js';
import { PortalLinkRepository } from './portal-link.repository.js';
import { PrismaService } from './prisma.service.js';
import { SessionChanges } from './session-changes.js';
import { SessionRepository } from './session.repository.js';
import { TenantLimitRepository } from './tenant-limit.repository.js';

/** The database of a process: one pool, its notices, what counts as an outage, API keys, sessions and tenants' limits. */
@Global()
@Module({
  providers: [
    PrismaService,
    { provide: API_KEY_STORE, useClass: ApiKeyRepository },
    {
      provide: DatabaseNotices,
      inject: [SETTINGS],
      useFactory: ({ database }: Settings) => new DatabaseNotices(database),
    },
    ApiKeyChanges,
    SessionRepository,
    PortalLinkRepository,
    { provide: SESSION_STORE, useExisting: SessionRepository },
    SessionChanges,
    { provide: TENANT_LIMIT_STORE, useClass: TenantLimitRepository },
    { provide: USAGE_CHANNEL, useClass: NoticeUsageChannel },
    { provide: IS_OUTAGE, useValue: isDatabaseOutage },
  ],
  exports: [
    PrismaService,
    DatabaseNotices,
    API_KEY_STORE,
    SessionRepository,
    PortalLinkRepository,
    SESSION_STORE,
    TENANT_LIMIT_STORE,
    USAGE_CHANNEL,
    IS_OUTAGE,
  ],
})
export class PostgresModule {}
