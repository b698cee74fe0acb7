import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { AttemptSlots, DEFAULT_DISPATCH_LIMITS, systemTimers } from '#libs/dispatching';
import { KAFKA, KafkaEventLog, LogConsumerServer } from '#libs/event-store-kafka';
import {
  ParkedDeliveryRepository,
  WebhookCursorRepository,
  WebhookSubscriptionRepository,
} from '#libs/persistence';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { UndiciWebhookClient } from './delivery/undici-webhook-client.js';
import { DispatchedPartitions } from './dispatch/dispatched-partitions.js';
import { SubscriptionPoll } from './dispatch/subscription-poll.js';
import { TailController, WEBHOOK_DISPATCHER } from './dispatch/tail.controller.js';
import { DispatchLog } from './observability/dispatch-log.js';
import { observeLags } from './observability/dispatch-metrics.js';

/** Injection token of the consumer that tells the dispatcher what is new: connect it as a microservice. */
export const WEBHOOK_DISPATCHER_SERVER = Symbol('webhook-dispatcher-server');

const CONNECT_TIMEOUT_MS = 5_000;
/** Part of the time for a stop that attempts in flight get; the rest is for saving and disconnecting. */
const GRACE_SHARE = 0.5;
const TAIL_BATCH_EVENTS = 500;
/** Each subscriber that is behind holds one such batch: some hundred events. */
const HISTORY_BYTES = 131_072;

const makeClient = ({ webhooks: { allowPrivateTargets } }: Settings): UndiciWebhookClient =>
  new UndiciWebhookClient({ allowPrivateTargets, connectTimeoutMs: CONNECT_TIMEOUT_MS });

const makePartitions = (
  settings: Settings,
  log: KafkaEventLog,
  client: UndiciWebhookClient,
  cursors: WebhookCursorRepository,
  parked: ParkedDeliveryRepository,
  observer: DispatchLog,
): DispatchedPartitions =>
  new DispatchedPartitions(
    (topics) => log.endOffsets(topics),
    {
      source: { read: (from) => log.fetch(from, HISTORY_BYTES) },
      client,
      cursors,
      parked,
      observer,
      slots: new AttemptSlots(settings.webhooks.concurrency),
      timers: systemTimers,
      random: Math.random,
    },
    { ...DEFAULT_DISPATCH_LIMITS, stopGraceMs: settings.http.shutdownTimeoutMs * GRACE_SHARE },
  );

const makePoll = (
  settings: Settings,
  subscriptions: WebhookSubscriptionRepository,
  partitions: DispatchedPartitions,
): SubscriptionPoll =>
  new SubscriptionPoll(
    subscriptions,
    (found) => partitions.reconcile(found),
    systemTimers,
    settings.webhooks.pollMs,
  );

const makeServer = (
  settings: Settings,
  kafka: Kafka,
  log: KafkaEventLog,
  assignments: DispatchedPartitions,
): LogConsumerServer =>
  new LogConsumerServer({
    transportId: WEBHOOK_DISPATCHER,
    groupId: `${settings.kafka.groupPrefix}-webhook-dispatcher`,
    kafka,
    log,
    assignments,
    maxEvents: TAIL_BATCH_EVENTS,
    partitionsConsumedConcurrently: 4,
  });

/** Delivers events to subscribers, in order. */
@Module({
  controllers: [TailController],
  providers: [
    DispatchLog,
    { provide: UndiciWebhookClient, inject: [SETTINGS], useFactory: makeClient },
    {
      provide: DispatchedPartitions,
      inject: [
        SETTINGS,
        KafkaEventLog,
        UndiciWebhookClient,
        WebhookCursorRepository,
        ParkedDeliveryRepository,
        DispatchLog,
      ],
      useFactory: makePartitions,
    },
    {
      provide: SubscriptionPoll,
      inject: [SETTINGS, WebhookSubscriptionRepository, DispatchedPartitions],
      useFactory: makePoll,
    },
    {
      provide: WEBHOOK_DISPATCHER_SERVER,
      inject: [SETTINGS, KAFKA, KafkaEventLog, DispatchedPartitions],
      useFactory: makeServer,
    },
  ],
  exports: [WEBHOOK_DISPATCHER_SERVER],
})
export class WebhookDispatcherModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly poll: SubscriptionPoll,
    private readonly client: UndiciWebhookClient,
    partitions: DispatchedPartitions,
    @Inject(WEBHOOK_DISPATCHER_SERVER) server: LogConsumerServer,
    @Inject(Readiness) readiness: Readiness,
  ) {
    observeLags(() => partitions.lags());
    readiness.add('webhook-dispatcher', () => {
      const fault = server.fault ?? poll.fault;
      if (fault) throw new Error(fault);
    });
  }

  onApplicationBootstrap(): void {
    this.poll.start();
  }

  /** The server is closed by now, and with it every dispatcher has stopped and saved. */
  async onApplicationShutdown(): Promise<void> {
    this.poll.stop();
    await this.client.close();
  }
}
