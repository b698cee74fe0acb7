import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { createHttpApp, listen, PlatformModule, runApp } from '#libs/platform';
import { WebhookApiModule } from './webhook-api.module.js';

await runApp(async (settings) => {
  const root = {
    module: class WebhookApi {},
    imports: [PlatformModule.register(settings), PersistenceModule, KafkaModule, WebhookApiModule],
  };
  const app = await createHttpApp(root, settings);
  new Logger('WebhookApi').log(`listening on ${await listen(app, settings)}`);
});
