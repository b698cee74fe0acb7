import { Global, Module, type Provider } from '@nestjs/common';
import { API_KEY_STORE, IS_OUTAGE } from '#libs/platform';
import { ApiKeyRepository } from './api-keys/api-key.repository.js';
import { isDatabaseOutage } from './database/database-outage.js';
import { PartitionOwnerRepository } from './command-side/partition-owner.repository.js';
import { StreamStateRepository } from './command-side/stream-state.repository.js';
import { PrismaService } from './database/prisma.service.js';
import { OrderReadRepository } from './orders/order-read.repository.js';
import { OrderStatisticsRepository } from './orders/order-statistics.repository.js';
import { OrderTimelineRepository } from './orders/order-timeline.repository.js';
import { PostgresProjectionBuilds } from './projections/projection-builds.js';
import { PostgresProjectionStore } from './projections/projection.store.js';
import { StockReadRepository } from './stock/stock-read.repository.js';
import { AttemptDays } from './webhooks/attempt-days.js';
import { AttemptLog } from './webhooks/attempt-log.js';
import { FailingEndpoints } from './webhooks/failing-endpoints.js';
import { DeadLetterRepository } from './webhooks/dead-letter.repository.js';
import { DeliveryRepository } from './webhooks/delivery.repository.js';
import { PostgresDispatchStore } from './webhooks/dispatch-store.js';
import { FeedCursorRepository } from './webhooks/feed-cursor.repository.js';
import { ReplayRepository } from './webhooks/replay.repository.js';
import { DeadLetterOutbox } from './webhooks/dead-letter-outbox.js';
import { WebhookSubscriptionRepository } from './webhooks/webhook-subscription.repository.js';

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
