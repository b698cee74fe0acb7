import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { createHttpApp, listen, PlatformModule, runApp } from '#libs/platform';
import { CommandApiModule } from './command-api.module.js';

await runApp(async (settings) => {
  const root = {
    module: class CommandApi {},
    imports: [PlatformModule.register(settings), PersistenceModule, KafkaModule, CommandApiModule],
  };
  const app = await createHttpApp(root, settings);
  new Logger('CommandApi').log(`listening on ${await listen(app, settings)}`);
});
