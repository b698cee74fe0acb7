import 'reflect-metadata';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { CommandApiModule } from './command-api.module.js';

await runApp({ name: 'CommandApi', modules: [PersistenceModule, KafkaModule, CommandApiModule] });
