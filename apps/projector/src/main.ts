import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { KafkaModule, type LogConsumerServer } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { createHttpApp, listen, PlatformModule, runApp } from '#libs/platform';
import { PROJECTOR_SERVER, ProjectorModule } from './projector.module.js';

/** Serves health and metrics over HTTP, and projects. */
await runApp(async (settings) => {
  const root = {
    module: class Projector {},
    imports: [PlatformModule.register(settings), PersistenceModule, KafkaModule, ProjectorModule],
  };
  const app = await createHttpApp(root, settings);
  app.connectMicroservice({ strategy: app.get<LogConsumerServer>(PROJECTOR_SERVER) });
  await app.startAllMicroservices();
  new Logger('Projector').log(`listening on ${await listen(app, settings)}`);
});
