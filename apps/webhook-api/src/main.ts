import 'reflect-metadata';
import { CommandingModule, SUBSCRIPTION_AGGREGATE } from '#libs/commanding';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { QueryingModule } from '#libs/querying';
import { WebhookApiModule } from './webhook-api.module.js';

const COMMANDING = CommandingModule.register([SUBSCRIPTION_AGGREGATE]);

await runApp({
  name: 'WebhookApi',
  modules: [PersistenceModule, KafkaModule, COMMANDING, QueryingModule, WebhookApiModule],
  requires: ['WEBHOOK_ENCRYPTION_KEY'],
});
