import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { KafkaModule, type LogConsumerServer } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { createHttpApp, listen, PlatformModule, runApp } from '#libs/platform';
import { WEBHOOK_DISPATCHER_SERVER, WebhookDispatcherModule } from './webhook-dispatcher.module.js';

/** Serves health and metrics over HTTP, and delivers. */
await runApp(async (settings) => {
  const root = {
    module: class WebhookDispatcher {},
    imports: [PlatformModule.register(settings), PersistenceModule, KafkaModule, WebhookDispatcherModule],
  };
  const app = await createHttpApp(root, settings);
  app.connectMicroservice({ strategy: app.get<LogConsumerServer>(WEBHOOK_DISPATCHER_SERVER) });
  await app.startAllMicroservices();
  new Logger('WebhookDispatcher').log(`listening on ${await listen(app, settings)}`);
});
