import 'reflect-metadata';
import { CommandingModule, WEBHOOK_SUBSCRIPTIONS } from '#libs/commanding';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { WEBHOOK_DISPATCHER_SERVER, WebhookDispatcherModule } from './webhook-dispatcher.module.js';

await runApp({
  name: 'WebhookDispatcher',
  modules: [
    PersistenceModule,
    KafkaModule,
    CommandingModule.register([WEBHOOK_SUBSCRIPTIONS]),
    WebhookDispatcherModule,
  ],
  consumers: [WEBHOOK_DISPATCHER_SERVER],
  requires: ['WEBHOOK_ENCRYPTION_KEY'],
});
