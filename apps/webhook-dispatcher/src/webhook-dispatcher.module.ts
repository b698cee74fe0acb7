import { sizedBatch } from '#libs/contracts';
import {
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import {
  DEFAULT_DISPATCH_LIMITS,
  DEFAULT_ENDPOINT_LIMITS,
  DispatchedPartitions,
  EndpointLimiters,
} from '#libs/webhook-delivery/core';
import { KAFKA_CLIENT, KafkaEventLog, LogConsumerServer, tailBytesOf } from '#libs/kafka';
import {
  AttemptLog,
  DeliveryTablesModule,
  PostgresDispatchStore,
  ReplayRepository,
  TallyLog,
  WebhookSubscriptionRepository,
} from '#libs/webhook-delivery/postgres';
import { systemClock, TenantShares } from '#libs/kernel';
import { PersonalData } from '#libs/personal-data/sealing';
import { Readiness, SETTINGS, type Settings, stopTimesOf, TRACING, type Tracing } from '#libs/platform';
import {
  DispatchLog,
  EndpointDisabler,
  FeedPoll,
  HealthReporter,
  MaintenanceJobs,
  observeLags,
  unfailing,
} from '#libs/webhook-delivery/dispatcher';
import {
  type OpenBody,
  SharedWebhookClient,
  tracedWebhookClient,
  UndiciWebhookClient,
} from '#libs/webhook-delivery/http';
import { TailController, WEBHOOK_DISPATCHER } from './tail.controller.js';

/** Injection token of the consumer that feeds the dispatcher. Connect it as a microservice. */
export const WEBHOOK_DISPATCHER_SERVER = Symbol('webhook-dispatcher-server');

const CONNECT_TIMEOUT_MS = 5_000;
const TAIL_BATCH_EVENTS = 500;
/** Each partition with a lagging subscription holds one such batch in memory. */
const HISTORY_BYTES = 131_072;
/** Memory for queued deliveries, 2.6 KB for a typical one. One tenant gets at most half. */
const MOST_QUEUED_BYTES = 134_217_728;

function makeClient({ webhooks, http }: Settings, personalData: PersonalData): UndiciWebhookClient {
  const client = new UndiciWebhookClient({
    targets: webhooks,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    publicUrl: http.publicUrl,
    open: patientlyOpened(personalData),
  });
  personalData.onForgotten(() => client.forgetBodies());
  return client;
}

const OUTAGE_PAUSE_MS = 1_000;

/** While the database is away, a delivery waits: its endpoint has no part in that. */
const patientlyOpened =
  (personalData: PersonalData): OpenBody =>
  (json, tenant) => {
    const opening = personalData.open(json, tenant);
    if (typeof opening === 'string') return opening;
    return opening.catch(async () => {
      await systemClock.sleep(OUTAGE_PAUSE_MS);
      return patientlyOpened(personalData)(json, tenant);
    });
  };

const makePartitions = (
  settings: Settings,
  log: KafkaEventLog,
  client: UndiciWebhookClient,
  store: PostgresDispatchStore,
  observer: DispatchLog,
  tracing: Tracing,
): DispatchedPartitions => {
  const { concurrency, maxInFlight } = settings.webhooks;
  const { deliveriesMs, savingMs } = stopTimesOf(settings.http.shutdownTimeoutMs);
  return new DispatchedPartitions(
    log,
    {
      log: { fetch: async (from) => sizedBatch(await log.fetch(from, HISTORY_BYTES)) },
      client: new SharedWebhookClient(tracedWebhookClient(client, tracing, systemClock), maxInFlight),
      store,
      observer: unfailing(observer, (err) =>
        new Logger('WebhookDispatcher').error({ msg: 'a dispatch report failed', err }),
      ),
      limiters: new EndpointLimiters(systemClock, { ...DEFAULT_ENDPOINT_LIMITS, concurrency }),
      budget: new TenantShares(Math.min(MOST_QUEUED_BYTES, settings.memory.deliveries)),
      clock: systemClock,
      random: Math.random,
    },
    {
      ...DEFAULT_DISPATCH_LIMITS,
      recentBytes: tailBytesOf(settings, DEFAULT_DISPATCH_LIMITS.recentBytes),
      stopGraceMs: deliveriesMs,
      stopSaveMs: savingMs,
    },
  );
};

const makePoll = (
  settings: Settings,
  subscriptions: WebhookSubscriptionRepository,
  replays: ReplayRepository,
  partitions: DispatchedPartitions,
): FeedPoll =>
  new FeedPoll(
    [subscriptions, replays],
    (found) => partitions.reconcile(found),
    systemClock,
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
    batchesAtOnce: 4,
    // A replay may end behind records that are no events.
    withEmptyBatches: true,
    gatherMs: { least: 3, most: 3 },
  });

/** Delivers events to subscribers, in order. */
@Module({
  imports: [DeliveryTablesModule],
  controllers: [TailController],
  providers: [
    DispatchLog,
    MaintenanceJobs,
    EndpointDisabler,
    HealthReporter,
    { provide: UndiciWebhookClient, inject: [SETTINGS, PersonalData], useFactory: makeClient },
    {
      provide: DispatchedPartitions,
      inject: [SETTINGS, KafkaEventLog, UndiciWebhookClient, PostgresDispatchStore, DispatchLog, TRACING],
      useFactory: makePartitions,
    },
    {
      provide: FeedPoll,
      inject: [SETTINGS, WebhookSubscriptionRepository, ReplayRepository, DispatchedPartitions],
      useFactory: makePoll,
    },
    {
      provide: WEBHOOK_DISPATCHER_SERVER,
      inject: [SETTINGS, KAFKA_CLIENT, KafkaEventLog, DispatchedPartitions],
      useFactory: makeServer,
    },
  ],
  exports: [WEBHOOK_DISPATCHER_SERVER],
})
export class WebhookDispatcherModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly poll: FeedPoll,
    private readonly client: UndiciWebhookClient,
    private readonly jobs: MaintenanceJobs,
    private readonly attemptLog: AttemptLog,
    private readonly tallies: TallyLog,
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
    this.attemptLog.start();
    this.tallies.start();
    this.jobs.start();
  }

  /** By now the server is closed, and every dispatcher has stopped and saved. */
  async onApplicationShutdown(): Promise<void> {
    this.poll.stop();
    await Promise.all([this.jobs.stop(), this.attemptLog.stop(), this.tallies.stop()]);
    await this.client.close();
  }
}
