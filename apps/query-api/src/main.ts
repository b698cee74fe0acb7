import 'reflect-metadata';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { QueryingModule } from '#libs/querying';
import { QueryApiModule } from './query-api.module.js';

await runApp({ name: 'QueryApi', modules: [PersistenceModule, KafkaModule, QueryingModule, QueryApiModule] });
