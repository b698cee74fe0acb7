import 'reflect-metadata';
import { AGGREGATE_GROUPS } from '#libs/aggregates';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { QueryingModule } from '#libs/projections/http';
import { WebhookApiModule } from './webhook-api.module.js';

const { webhooks } = AGGREGATE_GROUPS;
const COMMANDING = CommandingModule.register({ webhooks });

await runApp({
  name: 'WebhookApi',
  modules: [
    PostgresModule,
    PersonalDataModule,
    KafkaModule,
    LogMemoryModule,
    COMMANDING,
    QueryingModule,
    WebhookApiModule,
  ],
  requires: ['WEBHOOK_ENCRYPTION_KEY'],
});
