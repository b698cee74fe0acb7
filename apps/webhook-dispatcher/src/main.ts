import 'reflect-metadata';
import { AGGREGATE_GROUPS } from '#libs/aggregates';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { WEBHOOK_DISPATCHER_SERVER, WebhookDispatcherModule } from './webhook-dispatcher.module.js';

const { webhooks } = AGGREGATE_GROUPS;

await runApp({
  name: 'WebhookDispatcher',
  modules: [
    PostgresModule,
    PersonalDataModule,
    KafkaModule,
    LogMemoryModule,
    CommandingModule.register({ webhooks }),
    WebhookDispatcherModule,
  ],
  consumers: [WEBHOOK_DISPATCHER_SERVER],
  requires: ['WEBHOOK_ENCRYPTION_KEY'],
});
