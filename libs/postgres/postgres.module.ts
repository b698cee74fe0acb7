import { Global, Module } from '@nestjs/common';
import { API_KEY_STORE, IS_OUTAGE } from '#libs/platform';
import { ApiKeyRepository } from './api-key.repository.js';
import { isDatabaseOutage } from './database-outage.js';
import { PrismaService } from './prisma.service.js';

/** The database of a process: one pool, what counts as an outage, and the API keys. */
@Global()
@Module({
  providers: [
    PrismaService,
    { provide: API_KEY_STORE, useClass: ApiKeyRepository },
    { provide: IS_OUTAGE, useValue: isDatabaseOutage },
  ],
  exports: [PrismaService, API_KEY_STORE, IS_OUTAGE],
})
export class PostgresModule {}
