import { Module } from '@nestjs/common';
import { AttemptDays, AttemptLog } from './attempt-log.js';
import { DeadLetterOutbox } from './dead-letter-outbox.js';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { DeliveryFactsRepository } from './delivery-facts.repository.js';
import { DeliveryRepository } from './delivery.repository.js';
import { PostgresDispatchStore } from './dispatch-store.js';
import { EventDeliveryRepository } from './event-delivery.repository.js';
import { FailingEndpoints } from './failing-endpoints.js';
import { FeedCursorRepository } from './feed-cursor.repository.js';
import { JudgedEndpoints } from './judged-endpoints.js';
import { ReplayRepository } from './replay.repository.js';
import { SubscriptionBands } from './subscription-bands.js';
import { MetricsOfSubscriptions } from './subscription-metrics.js';
import { TallyLog } from './tally-log.js';
import { TallyRepository } from './tally.repository.js';
import { WatchedSubscriptions } from './watched-subscriptions.js';
import { WebhookSubscriptionRepository } from './webhook-subscription.repository.js';

const TABLES = [
  AttemptDays,
  AttemptLog,
  DeadLetterOutbox,
  DeadLetterRepository,
  DeliveryFactsRepository,
  DeliveryRepository,
  EventDeliveryRepository,
  FailingEndpoints,
  FeedCursorRepository,
  JudgedEndpoints,
  MetricsOfSubscriptions,
  PostgresDispatchStore,
  ReplayRepository,
  SubscriptionBands,
  TallyLog,
  TallyRepository,
  WatchedSubscriptions,
  WebhookSubscriptionRepository,
];

/** What is known of subscriptions, cursors, lanes, attempts and replays. */
@Module({ providers: TABLES, exports: TABLES })
export class DeliveryTablesModule {}
