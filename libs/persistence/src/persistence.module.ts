import { Global, Module } from '@nestjs/common';
import { API_KEY_STORE, IS_OUTAGE } from '#libs/platform';
import { ApiKeyRepository } from './api-keys/api-key.repository.js';
import { isDatabaseOutage } from './database/database-outage.js';
import { PrismaService } from './database/prisma.service.js';
import { OrderReadRepository } from './orders/order-read.repository.js';
import { ProjectionStore } from './projections/projection.store.js';

@Global()
@Module({
  providers: [
    PrismaService,
    OrderReadRepository,
    ProjectionStore,
    { provide: API_KEY_STORE, useClass: ApiKeyRepository },
    { provide: IS_OUTAGE, useValue: isDatabaseOutage },
  ],
  exports: [PrismaService, OrderReadRepository, ProjectionStore, API_KEY_STORE, IS_OUTAGE],
})
export class PersistenceModule {}
