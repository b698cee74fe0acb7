import 'reflect-metadata';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { PostgresModule } from '#libs/postgres';
import { runApp } from '#libs/platform';
import { WEBHOOK_DISPATCHER_SERVER, WebhookDispatcherModule } from './webhook-dispatcher.module.js';

await runApp({
  name: 'WebhookDispatcher',
  modules: [
    PostgresModule,
    KafkaModule,
    CommandingModule.register([SUBSCRIPTION_AGGREGATE]),
    WebhookDispatcherModule,
  ],
  consumers: [WEBHOOK_DISPATCHER_SERVER],
  requires: ['WEBHOOK_ENCRYPTION_KEY'],
});
