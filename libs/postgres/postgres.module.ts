import { Global, Module } from '@nestjs/common';
import { API_KEY_STORE, IS_OUTAGE, SETTINGS, type Settings } from '#libs/platform';
import { ApiKeyChanges } from './api-key-changes.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { DatabaseNotices } from './database-notices.js';
import { isDatabaseOutage } from './database-outage.js';
import { PrismaService } from './prisma.service.js';

/** The database of a process: one pool, its notices, what counts as an outage, and the API keys. */
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
    { provide: IS_OUTAGE, useValue: isDatabaseOutage },
  ],
  exports: [PrismaService, DatabaseNotices, API_KEY_STORE, IS_OUTAGE],
})
export class PostgresModule {}
