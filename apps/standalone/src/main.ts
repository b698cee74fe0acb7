import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { LogConsumerServer } from '#libs/event-store-kafka';
import { PROJECTOR_SERVER } from '#apps/projector';
import { WEBHOOK_DISPATCHER_SERVER } from '#apps/webhook-dispatcher';
import { createHttpApp, listen, runApp } from '#libs/platform';
import { StandaloneModule } from './standalone.module.js';

await runApp(async (settings) => {
  const app = await createHttpApp(StandaloneModule.register(settings), settings);
  for (const server of [PROJECTOR_SERVER, WEBHOOK_DISPATCHER_SERVER]) {
    app.connectMicroservice({ strategy: app.get<LogConsumerServer>(server) });
  }
  await app.startAllMicroservices();
  const url = await listen(app, settings);
  new Logger('Standalone').log(`listening on ${url}`);
});
