import 'reflect-metadata';
import { CommandingModule, ORDERS, STOCK } from '#libs/commanding';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { CommandApiModule } from './command-api.module.js';

const COMMANDING = CommandingModule.register([ORDERS, STOCK]);

await runApp({ name: 'CommandApi', modules: [PersistenceModule, KafkaModule, COMMANDING, CommandApiModule] });
