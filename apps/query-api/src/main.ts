import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { PersistenceModule } from '#libs/persistence';
import { createHttpApp, listen, PlatformModule, runApp } from '#libs/platform';
import { QueryApiModule } from './query-api.module.js';

await runApp(async (settings) => {
  const root = {
    module: class QueryApi {},
    imports: [PlatformModule.register(settings), PersistenceModule, QueryApiModule],
  };
  const app = await createHttpApp(root, settings);
  new Logger('QueryApi').log(`listening on ${await listen(app, settings)}`);
});
