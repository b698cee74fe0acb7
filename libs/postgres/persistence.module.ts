import { Global, Module, type Provider } from '@nestjs/common';
import { API_KEY_STORE, IS_OUTAGE } from '#libs/platform';
import { ApiKeyRepository } from './api-key.repository.js';
import { isDatabaseOutage } from './database-outage.js';
import { PartitionOwnerRepository, StreamStateRepository } from '#libs/event-store/postgres';
import { PrismaService } from './prisma.service.js';
import { OrderReadRepository, OrderStatisticsRepository, OrderTimelineRepository, StockReadRepository } from '#libs/projections/read-models';
import { PostgresProjectionBuilds, PostgresProjectionStore } from '#libs/projections/postgres';
import { AttemptDays, AttemptLog, DeadLetterOutbox, DeadLetterRepository, DeliveryRepository, FailingEndpoints, FeedCursorRepository, PostgresDispatchStore, ReplayRepository, WebhookSubscriptionRepository } from '#libs/webhook-delivery/postgres';

const PROVIDERS: Provider[] = [
  PrismaService,
  OrderReadRepository,
  OrderTimelineRepository,
  OrderStatisticsRepository,
  PostgresProjectionStore,
  PostgresProjectionBuilds,
  StreamStateRepository,
  PartitionOwnerRepository,
  StockReadRepository,
  WebhookSubscriptionRepository,
  PostgresDispatchStore,
  FailingEndpoints,
  DeadLetterRepository,
  DeliveryRepository,
  FeedCursorRepository,
  ReplayRepository,
  DeadLetterOutbox,
  AttemptDays,
  AttemptLog,
  { provide: API_KEY_STORE, useClass: ApiKeyRepository },
  { provide: IS_OUTAGE, useValue: isDatabaseOutage },
];

@Global()
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class PersistenceModule {}
