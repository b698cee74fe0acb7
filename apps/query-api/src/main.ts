import 'reflect-metadata';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { QueryApiModule } from './query-api.module.js';

await runApp({ name: 'QueryApi', modules: [PersistenceModule, QueryApiModule] });
