import 'reflect-metadata';
import { CommandingModule, ORDER_AGGREGATE, STOCK_AGGREGATE } from '#libs/commanding';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { runApp } from '#libs/platform';
import { CommandApiModule } from './command-api.module.js';

const COMMANDING = CommandingModule.register([ORDER_AGGREGATE, STOCK_AGGREGATE]);

await runApp({ name: 'CommandApi', modules: [PersistenceModule, KafkaModule, COMMANDING, CommandApiModule] });
