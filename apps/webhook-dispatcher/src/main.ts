import 'reflect-metadata';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { WEBHOOK_DISPATCHER_SERVER, WebhookDispatcherModule } from './webhook-dispatcher.module.js';

await runApp({
  name: 'WebhookDispatcher',
  modules: [PersistenceModule, KafkaModule, WebhookDispatcherModule],
  consumers: [WEBHOOK_DISPATCHER_SERVER],
});
