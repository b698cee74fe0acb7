import 'reflect-metadata';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { QueryingModule } from '#libs/projections/http';
import { WebhookApiModule } from './webhook-api.module.js';

const COMMANDING = CommandingModule.register([SUBSCRIPTION_AGGREGATE]);

await runApp({
  name: 'WebhookApi',
  modules: [PostgresModule, KafkaModule, COMMANDING, QueryingModule, WebhookApiModule],
  requires: ['WEBHOOK_ENCRYPTION_KEY'],
});
